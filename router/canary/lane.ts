import { type Fault, Judge, type Tally } from './judge.ts';

/** How canaries are sent. Times are of a clock that stands still while this process does. */
export interface LaneBounds {
  /** Items that a warm-up passes through each owner. */
  readonly warmUpItems: number;
  /** Of one lane, sent and not answered. */
  readonly windowItems: number;
  /** From one item to the next, after the warm-up; and after a refusal. */
  readonly intervalMs: number;
  /** A warm-up in which nothing arrives for this long while the link is open has failed. */
  readonly stallMsMax: number;
}

/** What a lane says for itself. */
export interface LaneReport {
  /** The owner of its topic. */
  readonly member: string;
  readonly tally: Tally;
  /** Nothing has arrived for too long in a warm-up that isn't complete. */
  readonly stalled: boolean;
  /** All items of the warm-up are here, or known to be lost. */
  readonly complete: boolean;
  /** Why the last publish was refused, if it was. */
  readonly refusal: string | undefined;
}

/** The canaries of one topic: how many are due, and what came of them. */
export class Lane {
  readonly topic: string;
  /** Changes when the topic moves. */
  member: string;
  readonly judge: Judge;
  readonly #bounds: LaneBounds;
  #isOpen = false;
  #isWarmingUp = false;
  #unanswered = 0;
  #nextMs = 0;
  /** Something arrived, or nothing could. */
  #progressMs = 0;
  #arrived = 0;
  #refusal: string | undefined;

  constructor(
    topic: string,
    member: string,
    bounds: LaneBounds,
    onFault?: (fault: Fault, items: number) => void,
  ) {
    this.judge = new Judge(onFault);
    this.topic = topic;
    this.member = member;
    this.#bounds = bounds;
  }

  /** Begins a warm-up. */
  begin(nowMs: number): void {
    this.judge.begin();
    this.#isWarmingUp = true;
    this.#progressMs = nowMs;
    this.#arrived = 0;
    this.#refusal = undefined;
  }

  /** The warm-up is over, however it went. */
  settle(): void {
    this.#isWarmingUp = false;
  }

  /** The stream has said its first word. */
  opened(): void {
    this.#isOpen = true;
    this.judge.opened();
  }

  ended(): void {
    this.#isOpen = false;
  }

  /** @returns the number of the item that is sent now */
  sent(): number {
    this.#unanswered += 1;
    return this.judge.sent();
  }

  accepted(n: number): void {
    this.#unanswered -= 1;
    this.#refusal = undefined;
    this.judge.accepted(n);
  }

  refused(n: number, why: string, nowMs: number): void {
    this.#unanswered -= 1;
    this.#refusal = why;
    this.judge.refused(n);
    this.#nextMs = nowMs + this.#bounds.intervalMs;
  }

  /** How many items to send now. `linked`: the owner can be reached. */
  due(nowMs: number, linked: boolean): number {
    const { tally, awaited } = this.judge;
    if (!linked || tally.arrived !== this.#arrived) this.#progressMs = nowMs;
    this.#arrived = tally.arrived;
    const room = this.#bounds.windowItems - this.#unanswered;
    if (!linked || !this.#isOpen || room <= 0) return 0;
    const beat = nowMs >= this.#nextMs ? 1 : 0;
    // After a refusal one item at a time, until one is taken.
    const burst = this.#refusal === undefined ? Math.min(room, this.#missing() - awaited) : 0;
    const count = Math.max(beat, burst, 0);
    if (count > 0) this.#nextMs = nowMs + this.#bounds.intervalMs;
    return count;
  }

  report(nowMs: number): LaneReport {
    const complete = this.#missing() <= 0;
    return {
      member: this.member,
      tally: this.judge.tally,
      complete,
      stalled: !complete && nowMs - this.#progressMs >= this.#bounds.stallMsMax,
      refusal: this.#refusal,
    };
  }

  /** Items of the warm-up that didn't come and aren't lost; 0 without one. */
  #missing(): number {
    if (!this.#isWarmingUp) return 0;
    const { arrived, lost, changed } = this.judge.tally;
    return this.#bounds.warmUpItems - arrived - lost - changed;
  }
}
