import type { Pod } from '../../operator/index.ts';
import type { Cancel, Clock } from '../../runtime/index.ts';
import { Worker } from '../worker.ts';
import type { CommandLine } from './args.ts';
import type { StartCheckup } from './checkup.ts';
import { decide, type Step, uidOf } from './decide.ts';
import { Member } from './member.ts';
import type { PodStore } from './pod-store.ts';
import type { StartProcess } from './process.ts';
import { type Backoff, ended, killed, started, stopping } from './slot.ts';

export interface KubeletOptions {
  readonly store: PodStore;
  readonly clock: Clock;
  readonly start: StartProcess;
  readonly checkup: StartCheckup;
  readonly backoff: Backoff;
  /** What runs for a pod. What it throws counts as the end of a process that was started. */
  readonly commandOf: (pod: Pod) => CommandLine;
  readonly events: KubeletEvents;
}

export interface KubeletEvents {
  started(member: Member): void;
  /** Its readiness, the reason why it isn't ready, or whether it answers changed. */
  health(member: Member): void;
  said(member: Member, line: string): void;
  /** `asked`: we wanted it to end. */
  ended(member: Member, how: string, asked: boolean): void;
  failed(error: unknown): void;
}

/** Runs pods as processes of this machine: starts, watches, restarts and ends them, and reports their status. */
export class Kubelet {
  readonly #options: KubeletOptions;
  readonly #members = new Map<string, Member>();
  readonly #worker: Worker;
  readonly #unwatch: () => void;
  #cancelAgain: Cancel | undefined;
  #onEnd: (() => void) | undefined;

  constructor(options: KubeletOptions) {
    this.#options = options;
    this.#worker = new Worker(
      () => this.#turn(),
      (error) => options.events.failed(error),
    );
    this.#unwatch = options.store.watch(() => this.#worker.wake());
    this.#worker.wake();
  }

  members(): readonly Member[] {
    return [...this.#members.values()];
  }

  /**
   * Ends every process, group by group, each group with its time; starts none any more. Resolves when all are gone.
   * What doesn't end in time is killed.
   */
  async end(groups: readonly ((member: Member) => boolean)[], graceMs: number): Promise<void> {
    this.#unwatch();
    this.#cancelAgain?.();
    await this.#worker.stop();
    for (const inGroup of groups) {
      const group = this.members().filter((member) => member.process && inGroup(member));
      for (const member of group) this.#stop(member, graceMs);
      const cancel = this.#options.clock.after(graceMs, () => {
        for (const member of group) this.#kill(member);
      });
      while (group.some((member) => member.process)) {
        await new Promise<void>((resolve) => {
          this.#onEnd = resolve;
        });
      }
      cancel();
    }
  }

  /** Kills every process at once. */
  killAll(): void {
    for (const member of this.members()) this.#kill(member);
  }

  async #turn(): Promise<void> {
    const { store, clock } = this.#options;
    const pods = await store.list();
    const slots = new Map([...this.#members].map(([uid, { slot }]) => [uid, slot]));
    const { steps, againInMs } = decide(pods, slots, clock.monotonicMs());
    for (const step of steps) await this.#do(step);
    for (const pod of pods) {
      const report = this.#members.get(uidOf(pod))?.takeReport();
      if (report) await store.report(pod, report);
    }
    this.#cancelAgain?.();
    this.#cancelAgain = undefined;
    if (againInMs !== undefined) {
      this.#cancelAgain = clock.after(againInMs, () => this.#worker.wake());
    }
  }

  async #do(step: Step): Promise<void> {
    switch (step.do) {
      case 'start':
        return this.#start(step.pod);
      case 'stop': {
        const member = this.#members.get(step.uid);
        return member && this.#stop(member, step.graceMs);
      }
      case 'kill': {
        const member = this.#members.get(step.uid);
        return member && this.#kill(member);
      }
      case 'remove':
        this.#members.delete(uidOf(step.pod));
        return this.#options.store.remove(step.pod);
      case 'forget':
        this.#members.delete(step.uid);
        return;
      default:
        return step satisfies never;
    }
  }

  #start(pod: Pod): void {
    const { clock, checkup, start, commandOf, events } = this.#options;
    const uid = uidOf(pod);
    const member =
      this.#members.get(uid) ??
      new Member(pod, clock, checkup, {
        health: (changed) => {
          events.health(changed);
          this.#worker.wake();
        },
        hopeless: (sick, reason) => this.#restart(sick, reason),
      });
    this.#members.set(uid, member);
    member.slot = started(member.slot, clock.monotonicMs());
    try {
      const process = start(commandOf(pod), {
        announced: (addresses) => {
          member.announced(addresses);
          this.#worker.wake();
        },
        said: (line) => events.said(member, line),
        ended: (how) => this.#ended(member, how),
      });
      member.begin(process);
      events.started(member);
    } catch (error) {
      this.#ended(member, String(error));
    }
  }

  #stop(member: Member, graceMs: number): void {
    if (member.slot.state.kind !== 'running') return;
    member.slot = stopping(member.slot, this.#options.clock.monotonicMs(), graceMs);
    member.process?.signal('SIGTERM');
  }

  /** Ends the process as a deletion would; it starts again because nobody wants it to be gone. */
  #restart(member: Member, reason: string): void {
    const { process, pod } = member;
    if (!process || member.slot.state.kind !== 'running') return;
    const { clock, events } = this.#options;
    events.said(member, `it is restarted: ${reason}`);
    process.signal('SIGTERM');
    clock.after(pod.spec.terminationGracePeriodSeconds * 1000, () => {
      if (member.process === process) process.signal('SIGKILL');
    });
  }

  #kill(member: Member): void {
    if (!member.process) return;
    member.slot = killed(member.slot);
    member.process.signal('SIGKILL');
  }

  #ended(member: Member, how: string): void {
    const { clock, backoff, events } = this.#options;
    const asked = member.slot.state.kind !== 'running';
    member.slot = ended(member.slot, clock.monotonicMs(), backoff);
    member.end();
    events.ended(member, how, asked);
    this.#onEnd?.();
    this.#worker.wake();
  }
}
