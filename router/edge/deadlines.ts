import type { Cancel, Clock } from '../../runtime/index.ts';

/** What a deadline calls. */
export interface Timed {
  deadlineDue(): void;
}

/** One scheduled call, in a ring with those of its slot; only the wheel looks inside. */
export class Deadline {
  readonly timed: Timed | undefined;
  readonly tick: number;
  before: Deadline = this;
  after: Deadline = this;

  /** @param timed undefined: the slot itself */
  constructor(timed: Timed | undefined, tick: number) {
    this.timed = timed;
    this.tick = tick;
  }

  get isScheduled(): boolean {
    return this.after !== this;
  }

  leave(): void {
    this.before.after = this.after;
    this.after.before = this.before;
    this.before = this;
    this.after = this;
  }
}

const slotCount = 512;

/**
 * Many deadlines on one timer. A deadline is rounded down to a tick, so it is due up to one tick early and not late; only
 * one below two ticks may be, as the present tick is over. The timer runs only while something is scheduled.
 */
export class DeadlineWheel {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #slots = Array.from({ length: slotCount }, () => new Deadline(undefined, 0));
  #size = 0;
  /** Ticks up to and including this one were looked at. */
  #tick = 0;
  #stop: Cancel | undefined;

  constructor(clock: Clock, tickMs: number) {
    this.#clock = clock;
    this.#tickMs = tickMs;
  }

  /** Deadlines that wait. */
  get size(): number {
    return this.#size;
  }

  schedule(delayMs: number, timed: Timed): Deadline {
    if (this.#stop === undefined) this.#start();
    const wanted = Math.floor((this.#clock.monotonicMs() + Math.max(0, delayMs)) / this.#tickMs);
    const tick = Math.max(this.#tick + 1, wanted);
    const slot = this.#slots[tick % slotCount] as Deadline;
    const deadline = new Deadline(timed, tick);
    deadline.before = slot.before;
    deadline.after = slot;
    slot.before.after = deadline;
    slot.before = deadline;
    this.#size += 1;
    return deadline;
  }

  /** Harmless for a deadline that was due or cancelled. */
  cancel(deadline: Deadline | undefined): void {
    if (!deadline?.isScheduled) return;
    deadline.leave();
    this.#size -= 1;
    if (this.#size === 0) this.#rest();
  }

  #start(): void {
    this.#tick = Math.floor(this.#clock.monotonicMs() / this.#tickMs);
    this.#stop = this.#clock.every(this.#tickMs, () => this.#turn());
  }

  #rest(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #turn(): void {
    const now = Math.floor(this.#clock.monotonicMs() / this.#tickMs);
    // After a stall longer than a round every slot is looked at once.
    const first = Math.max(this.#tick + 1, now - slotCount + 1);
    this.#tick = now;
    for (let tick = first; tick <= now; tick += 1) {
      this.#runSlot(this.#slots[tick % slotCount] as Deadline, now);
    }
  }

  /** Those that are due may cancel others, and schedule some that have to wait for the next tick. */
  #runSlot(slot: Deadline, now: number): void {
    const due: Deadline[] = [];
    for (let each = slot.after; each !== slot; each = each.after)
      if (each.tick <= now) due.push(each);
    for (const each of due) {
      if (!each.isScheduled) continue;
      this.cancel(each);
      each.timed?.deadlineDue();
    }
  }
}
