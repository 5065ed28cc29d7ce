import { isDeepStrictEqual } from 'node:util';
import type { Pod } from '../../operator/index.ts';
import type { Clock } from '../../runtime/index.ts';
import type { Checkup, StartCheckup } from './checkup.ts';
import { type Health, starting } from './health.ts';
import type { PodReport } from './pod-store.ts';
import type { MemberProcess } from './process.ts';
import { reportOf } from './report.ts';
import { freshSlot, type Slot } from './slot.ts';

export interface MemberEvents {
  /** Its readiness, the reason why it isn't ready, or whether it answers changed. */
  health(member: Member): void;
  /** Its process is to be ended and started again. */
  hopeless(member: Member, reason: string): void;
}

/** One pod on this machine: its slot, its process if it has one, and the watch over its health. */
export class Member {
  readonly #clock: Clock;
  readonly #startCheckup: StartCheckup;
  readonly #events: MemberEvents;
  #checkup: Checkup | undefined;
  #reported: PodReport | undefined;
  readonly pod: Pod;
  slot: Slot = freshSlot;
  process: MemberProcess | undefined;
  addresses: Readonly<Record<string, string>> = {};
  health: Health = starting;

  constructor(pod: Pod, clock: Clock, startCheckup: StartCheckup, events: MemberEvents) {
    this.pod = pod;
    this.#clock = clock;
    this.#startCheckup = startCheckup;
    this.#events = events;
  }

  get name(): string {
    return this.pod.metadata.name;
  }

  /** A new process runs; nothing of the one before counts. */
  begin(process: MemberProcess): void {
    this.process = process;
    this.addresses = {};
    this.health = starting;
    this.#checkup = this.#startCheckup({
      pod: this.pod,
      clock: this.#clock,
      found: (health) => this.#found(health),
      hopeless: (reason) => this.#events.hopeless(this, reason),
    });
  }

  announced(addresses: Readonly<Record<string, string>>): void {
    this.addresses = addresses;
    this.#checkup?.announced(addresses);
  }

  /** The process is gone: not ready from this moment on. */
  end(): void {
    this.#checkup?.end();
    this.#checkup = undefined;
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

  #found(health: Health): void {
    const before = this.health;
    this.health = health;
    if (looksDifferent(before, health)) this.#events.health(this);
  }
}

function looksDifferent(before: Health, now: Health): boolean {
  return (
    before.ready !== now.ready ||
    before.reason !== now.reason ||
    (before.unanswered === 0) !== (now.unanswered === 0)
  );
}
