import type { LinkPort } from '../link/index.ts';
import type { PublishAnswered, PublishRequest } from '../service.ts';

/** One publish on its way. What links send of it is `link.Publish`, so it is handed to them as it is. */
export class Waiting {
  readonly cache: string;
  readonly topic: string;
  payload: Uint8Array;
  readonly text: boolean;
  readonly publisherId: string;
  readonly deadlineMs: number;
  readonly answered: PublishAnswered;
  /** The number under which its link was asked for it; another one each time it is sent. */
  request = 0;
  /** The link it was last sent on. */
  on: LinkPort | undefined = undefined;
  /** How often owners may have changed when it was sent. */
  sentAt = 0;

  constructor(request: PublishRequest, deadlineMs: number, answered: PublishAnswered) {
    this.cache = request.cache;
    this.topic = request.topic;
    this.payload = request.payload;
    this.text = request.text;
    this.publisherId = request.publisherId;
    this.deadlineMs = deadlineMs;
    this.answered = answered;
  }

  /** It may wait for long: no longer keeps all alive that was read with it. */
  detach(): void {
    if (this.payload.length < this.payload.buffer.byteLength) {
      this.payload = new Uint8Array(this.payload);
    }
  }
}

const slotsMin = 64;

/**
 * Publishes that were sent and not answered, by their numbers. Numbers are given in order and answers come nearly in
 * order: so they lie in a ring from the oldest unanswered one to the newest, which costs no hashing.
 *
 *     slots   [ . . 7 . 9 10 . . ]    7 was not answered yet, 8 was; the next number is 11
 *
 * A number comes again only after 2^32 others.
 */
export class InFlight {
  #slots: (Waiting | undefined)[] = emptySlots(slotsMin);
  #oldest: number;
  #next: number;
  #size = 0;

  /** @param first the first number */
  constructor(first = 1) {
    this.#oldest = first;
    this.#next = first;
  }

  get size(): number {
    return this.#size;
  }

  /** Gives it its number. */
  add(waiting: Waiting): void {
    if (this.#span === this.#slots.length) this.#grow();
    const number = this.#next;
    this.#next = (number + 1) >>> 0;
    this.#slots[number & (this.#slots.length - 1)] = waiting;
    this.#size += 1;
    waiting.request = number;
  }

  /** Takes out the one with this number, if it is still there. */
  take(number: number): Waiting | undefined {
    if ((number - this.#oldest) >>> 0 >= this.#span) return undefined;
    const mask = this.#slots.length - 1;
    const waiting = this.#slots[number & mask];
    if (!waiting) return undefined;
    this.#slots[number & mask] = undefined;
    this.#size -= 1;
    while (this.#oldest !== this.#next && this.#slots[this.#oldest & mask] === undefined) {
      this.#oldest = (this.#oldest + 1) >>> 0;
    }
    return waiting;
  }

  /** From the oldest. Any may be taken out on the way. */
  *[Symbol.iterator](): Generator<Waiting> {
    for (let number = this.#oldest; number !== this.#next; number = (number + 1) >>> 0) {
      const waiting = this.#slots[number & (this.#slots.length - 1)];
      if (waiting) yield waiting;
    }
  }

  /** Gives back the memory of a peak that is over. */
  shrink(): void {
    if (this.#size === 0 && this.#slots.length > slotsMin) this.#slots = emptySlots(slotsMin);
  }

  get #span(): number {
    return (this.#next - this.#oldest) >>> 0;
  }

  #grow(): void {
    const slots = emptySlots(this.#slots.length * 2);
    for (const waiting of this) slots[waiting.request & (slots.length - 1)] = waiting;
    this.#slots = slots;
  }
}

/** @param count a power of two */
function emptySlots(count: number): (Waiting | undefined)[] {
  return Array.from({ length: count }, () => undefined);
}
