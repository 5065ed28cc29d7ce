import type { Frame, Position, Sink } from '../service.ts';
import { discontinuityFrame, type Run } from './frame.ts';

/** Bytes that wait in all outboxes of a router together. */
export class OutboxBudget {
  usedBytes = 0;
  /** Discontinuities written for what outboxes skipped. */
  announced = 0;
  readonly bytesMax: number;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }
}

/**
 * Which bound a run was over, when the skipping that it is part of began: of the outbox, of all outboxes together, or of
 * replays in them.
 */
export type SkipCause = 'outbox' | 'outboxes' | 'replays';

/** What happened to a run: on its way, or not taken and to be announced. */
export type Delivery = 'delivered' | SkipCause;

/**
 * The bounded queue between a topic and one subscription's sink.
 *
 * - open: the sink takes frames; nothing waits.
 * - waiting: the sink asked for a pause; runs wait, up to `bytesMax` (and the budget all outboxes share).
 * - skipping: a bound was reached. Runs are passed over until all that waits is written; then one discontinuity
 *   says exactly which numbers are missing, and the outbox is open again.
 *
 * Order is kept in all states. Frames are shared between outboxes, so `bytesMax` bounds what one slow client can
 * hold on to; it isn't that client's own copy.
 */
export class Outbox {
  readonly #sink: Sink;
  readonly #budget: OutboxBudget;
  readonly #bytesMax: number;
  /** Written ones are taken out at once: a slow client holds on to nothing it has got. */
  #queue: (Run | undefined)[] = [];
  #head = 0;
  #queuedBytes = 0;
  /** Bytes of a replay that was let in over the bound. */
  #replayBytes = 0;
  #blocked = false;
  /** The last position given to the sink. */
  #written: Position;
  /** The last position that is written or waits. */
  #accepted: Position;
  /** While skipping: the position that the next item will follow. */
  #skippedTo: Position | undefined;
  /** While skipping for a bound. */
  #skipCause: SkipCause | undefined;

  /** @param blocked the sink already asked for a pause */
  constructor(
    sink: Sink,
    start: Position,
    bytesMax: number,
    budget: OutboxBudget,
    blocked = false,
  ) {
    this.#sink = sink;
    this.#blocked = blocked;
    this.#written = start;
    this.#accepted = start;
    this.#bytesMax = bytesMax;
    this.#budget = budget;
  }

  /** Where the client stands: what it misses after this is not written yet. */
  get written(): Position {
    return this.#written;
  }

  /** Slots of the queue, written or not. */
  get heldRuns(): number {
    return this.#queue.length;
  }

  /** True while the sink takes frames at once. */
  get open(): boolean {
    return !this.#blocked;
  }

  /** Offers the next run. Its first item follows the position of the last call. */
  offer(run: Run): Delivery {
    if (!this.#blocked) {
      this.#write(run);
      return 'delivered';
    }
    const cause = this.#skippedTo ? (this.#skipCause ?? 'outbox') : this.#boundReachedBy(run);
    if (cause !== undefined) {
      this.#skippedTo = run.last;
      this.#skipCause = cause;
      return cause;
    }
    this.#enqueue(run);
    return 'delivered';
  }

  /**
   * Takes the next run of a replay, over the bound of this outbox: a history is larger than what a client may be
   * behind. All replays together use at most half of the budget, so that they don't cost others their live items.
   */
  offerReplay(run: Run): Delivery {
    if (!this.#blocked) {
      this.#write(run);
      return 'delivered';
    }
    const bytes = run.frame.bytes.length;
    if (this.#skippedTo || this.#budget.usedBytes + bytes > this.#budget.bytesMax / 2) {
      this.#skippedTo = run.last;
      this.#skipCause ??= 'replays';
      return this.#skipCause;
    }
    this.#replayBytes += bytes;
    this.#enqueue(run);
    return 'delivered';
  }

  /** Items up to `reached` are not to be had; the next one follows it. */
  gap(reached: Position): void {
    if (this.#blocked) this.#skippedTo = reached;
    else this.#skip(reached);
  }

  /** Before anything else: the client knows `lastSequence` and what follows up to `reached` is missing. */
  announce(lastSequence: number, reached: Position): void {
    this.notice(discontinuityFrame(lastSequence, reached));
  }

  /** Writes a frame that carries no items, past what waits. */
  notice(frame: Frame): void {
    this.#blocked = !this.#sink.write(frame);
  }

  /** The sink takes frames again. */
  drained(): void {
    this.#blocked = false;
    while (!this.#blocked && this.#head < this.#queue.length) {
      const run = this.#queue[this.#head] as Run;
      this.#queue[this.#head] = undefined;
      this.#head += 1;
      this.#release(run.frame.bytes.length);
      this.#write(run);
    }
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
      this.#replayBytes = 0;
      if (!this.#blocked && this.#skippedTo) {
        const reached = this.#skippedTo;
        this.#skippedTo = undefined;
        if (this.#skipCause !== undefined) this.#budget.announced += 1;
        this.#skipCause = undefined;
        this.#skip(reached);
      }
    } else if (this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Gives back what waits to the budget. The outbox is not used afterwards. */
  close(): void {
    this.#release(this.#queuedBytes);
    this.#queue = [];
    this.#head = 0;
  }

  #write(run: Run): void {
    this.#blocked = !this.#sink.write(run.frame);
    this.#written = run.last;
    if (!this.#isQueued()) this.#accepted = run.last;
  }

  #isQueued(): boolean {
    return this.#head < this.#queue.length;
  }

  #skip(reached: Position): void {
    this.announce(this.#accepted.sequence, reached);
    this.#written = reached;
    this.#accepted = reached;
  }

  #enqueue(run: Run): void {
    this.#queue.push(run);
    this.#queuedBytes += run.frame.bytes.length;
    this.#budget.usedBytes += run.frame.bytes.length;
    this.#accepted = run.last;
  }

  #release(bytes: number): void {
    this.#queuedBytes -= bytes;
    this.#budget.usedBytes -= bytes;
  }

  /** One run fits an empty queue whatever the bound, which may be below the largest item; never over the budget. */
  #boundReachedBy(run: Run): SkipCause | undefined {
    const bytes = run.frame.bytes.length;
    if (this.#budget.usedBytes + bytes > this.#budget.bytesMax) return 'outboxes';
    if (this.#queuedBytes === 0) return undefined;
    return this.#queuedBytes - this.#replayBytes + bytes <= this.#bytesMax ? undefined : 'outbox';
  }
}
