import type { Position, Refusal, Sink, StartAt } from '../service.ts';
import { heartbeatFrame, type Run } from './frame.ts';
import type { Beating } from './heartbeats.ts';
import { type Delivery, Outbox, type OutboxBudget } from './outbox.ts';

/**
 * One subscription on this router.
 *
 * - settling: its position is not known; nothing but heartbeats was written.
 * - live: it is at its topic's feed, through an outbox.
 * - closed: by the client or by the router; nothing is written any more.
 */
export class Subscriber implements Beating {
  readonly start: StartAt;
  readonly sinceMs: number;
  readonly #sink: Sink;
  #outbox: Outbox | undefined;
  #closed = false;
  #greeted = false;
  #blocked = false;
  #wrote = false;
  /** Replays asked so far: an answer to an earlier one is out of date. */
  attempt = 0;
  /** How to take it off the heartbeat wheel. */
  stopBeating: () => void = () => {};

  constructor(start: StartAt, sink: Sink, nowMs: number) {
    this.start = start;
    this.#sink = sink;
    this.sinceMs = nowMs;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get live(): boolean {
    return this.#outbox !== undefined;
  }

  /** Whether the client was told that it is subscribed. */
  get greeted(): boolean {
    return this.#greeted;
  }

  position(): Position | undefined {
    if (this.#outbox) return this.#outbox.written;
    return this.start.from === 'after' ? this.start.position : undefined;
  }

  /** The first message of every stream. */
  greet(): void {
    if (this.#greeted || this.#closed) return;
    this.#greeted = true;
    this.#write();
  }

  /**
   * Goes live. `from` is where the client stands; `missingAfter`: tell it that what lies between that sequence and
   * `from` is missing.
   */
  attach(
    from: Position,
    missingAfter: number | undefined,
    outboxBytesMax: number,
    budget: OutboxBudget,
  ): void {
    this.greet();
    if (this.#closed) return;
    this.#outbox = new Outbox(this.#sink, from, outboxBytesMax, budget, this.#blocked);
    if (missingAfter !== undefined) this.#outbox.announce(missingAfter, from);
    this.#wrote = true;
  }

  offerReplay(run: Run): Delivery {
    return this.#outbox?.offerReplay(run) ?? 'replays';
  }

  offer(run: Run): Delivery {
    this.#wrote = true;
    return this.#outbox?.offer(run) ?? 'outbox';
  }

  gap(reached: Position): void {
    this.#wrote = true;
    this.#outbox?.gap(reached);
  }

  drained(): void {
    this.#blocked = false;
    this.#outbox?.drained();
  }

  wroteSinceAsked(): boolean {
    const wrote = this.#wrote;
    this.#wrote = false;
    return wrote;
  }

  beat(): void {
    if (this.#closed || !this.#greeted) return;
    if (this.#outbox) {
      if (this.#outbox.open) this.#outbox.notice(heartbeatFrame);
    } else if (!this.#blocked) this.#write();
  }

  /** The client is gone. */
  close(): void {
    this.#closed = true;
    this.stopBeating();
    this.#outbox?.close();
  }

  /** The router ends it. */
  end(refusal: Refusal | undefined): void {
    if (this.#closed) return;
    this.close();
    this.#sink.end(refusal);
  }

  #write(): void {
    this.#blocked = !this.#sink.write(heartbeatFrame);
  }
}
