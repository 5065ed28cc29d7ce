import type { Cancel, Clock } from '../../runtime/index.ts';

/** What a deadline calls. */
export interface Timed {
  deadlineDue(): void;
}

/** One scheduled call; only the wheel looks inside. */
export interface Deadline {
  readonly timed: Timed;
  readonly tick: number;
  slot: Set<Deadline> | undefined;
}

const slotCount = 512;

/**
 * Many deadlines on one timer. A deadline is rounded down to a tick, so it is due up to one tick early and not late; only
 * one below two ticks may be, as the present tick is over. The timer runs only while something is scheduled.
 */
export class DeadlineWheel {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #slots: Set<Deadline>[] = Array.from({ length: slotCount }, () => new Set());
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
    const slot = this.#slots[tick % slotCount] as Set<Deadline>;
    const deadline: Deadline = { timed, tick, slot };
    slot.add(deadline);
    this.#size += 1;
    return deadline;
  }

  /** Harmless for a deadline that was due or cancelled. */
  cancel(deadline: Deadline | undefined): void {
    if (deadline?.slot === undefined) return;
    deadline.slot.delete(deadline);
    deadline.slot = undefined;
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
      this.#runSlot(this.#slots[tick % slotCount] as Set<Deadline>, now);
    }
  }

  #runSlot(slot: Set<Deadline>, now: number): void {
    for (const deadline of slot) {
      if (deadline.tick > now) continue;
      this.cancel(deadline);
      deadline.timed.deadlineDue();
    }
  }
}
