export { type CommandLine, commandLine, onLoopback, type Place } from './args.ts';
export { askAdmin, type Checkup, type Patient, type StartCheckup } from './checkup.ts';
export { type Health, httpProbe, type Probe, starting } from './health.ts';
export { Kubelet, type KubeletEvents, type KubeletOptions } from './kubelet.ts';
export { LogFile } from './log-file.ts';
export type { Member } from './member.ts';
export type { PodReport, PodStore } from './pod-store.ts';
export { type MemberProcess, type StartProcess, startNode } from './process.ts';
export { type Backoff, defaultBackoff, ended, freshSlot, type Slot, started } from './slot.ts';
