import { isDeepStrictEqual } from 'node:util';
import type { Pod } from '../../operator/index.ts';
import type { Cancel, Clock } from '../../runtime/index.ts';
import { afterProbe, type Health, type Probe, starting } from './health.ts';
import type { PodReport } from './pod-store.ts';
import type { MemberProcess } from './process.ts';
import { reportOf } from './report.ts';
import { freshSlot, type Slot } from './slot.ts';

const probeStartingMs = 100;
const probeReadyMs = 1000;

/** One pod on this machine: its slot, its process if it has one, and the watch over its readiness. */
export class Member {
  readonly #clock: Clock;
  readonly #probe: Probe;
  readonly #onHealth: (member: Member) => void;
  #cancelProbe: Cancel | undefined;
  #reported: PodReport | undefined;
  readonly pod: Pod;
  slot: Slot = freshSlot;
  process: MemberProcess | undefined;
  addresses: Readonly<Record<string, string>> = {};
  health: Health = starting;

  constructor(pod: Pod, clock: Clock, probe: Probe, onHealth: (member: Member) => void) {
    this.pod = pod;
    this.#clock = clock;
    this.#probe = probe;
    this.#onHealth = onHealth;
  }

  get name(): string {
    return this.pod.metadata.name;
  }

  /** A new process runs; nothing of the one before counts. */
  begin(process: MemberProcess): void {
    this.process = process;
    this.addresses = {};
    this.health = starting;
  }

  announced(addresses: Readonly<Record<string, string>>): void {
    this.addresses = addresses;
    this.#watchHealth();
  }

  /** The process is gone: not ready from this moment on. */
  end(): void {
    this.#cancelProbe?.();
    this.#cancelProbe = undefined;
    this.process = undefined;
    this.addresses = {};
    this.health = starting;
  }

  /** The status to write, when it differs from the one taken before. */
  takeReport(): PodReport | undefined {
    const { process, addresses, health } = this;
    const report = reportOf(
      this.pod,
      this.slot,
      process && { pid: process.pid, addresses, health: { ...health, unanswered: 0 } },
    );
    if (isDeepStrictEqual(report, this.#reported)) return undefined;
    this.#reported = report;
    return report;
  }

  #watchHealth(): void {
    const { admin } = this.addresses;
    const { process } = this;
    if (admin === undefined || !process) return;
    void this.#probe(admin).then((result) => {
      if (this.process !== process) return;
      const before = this.health;
      this.health = afterProbe(before, result);
      if (looksDifferent(before, this.health)) this.#onHealth(this);
      const delayMs = this.health.ready ? probeReadyMs : probeStartingMs;
      this.#cancelProbe = this.#clock.after(delayMs, () => this.#watchHealth());
    });
  }
}

function looksDifferent(before: Health, now: Health): boolean {
  return (
    before.ready !== now.ready ||
    before.reason !== now.reason ||
    (before.unanswered === 0) !== (now.unanswered === 0)
  );
}
