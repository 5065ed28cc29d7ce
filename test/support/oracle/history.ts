import { Oracle } from './oracle.ts';
import type { Position } from './position.ts';

/** A history written by hand, one event a line, as the specs tell them. Publishers await unless `start` is used. */
export class History {
  readonly oracle = new Oracle();

  /** `who` publishes `payloads` on topic t, each acknowledged before the next. */
  publish(who: string, ...payloads: string[]): this {
    for (const payload of payloads) this.start(who, payload).ack(payload);
    return this;
  }

  start(who: string, payload: string, topic = 't'): this {
    this.oracle.publishStarted(who, topic, payload);
    return this;
  }

  ack(payload: string): this {
    this.oracle.publishAcked(payload);
    return this;
  }

  fail(payload: string): this {
    this.oracle.publishFailed(payload);
    return this;
  }

  /** A stream of the subscription named by the part of `stream` before '/', at its first heartbeat. */
  open(stream: string, asked?: Position, topic = 't'): this {
    this.oracle.streamOpened(stream, stream.split('/')[0] ?? '', topic, asked);
    this.oracle.attached(stream);
    return this;
  }

  item(stream: string, page: number, sequence: number, payload: string): this {
    this.oracle.item(stream, { page, sequence }, payload);
    return this;
  }

  missing(stream: string, page: number, last: number, next: number): this {
    this.oracle.discontinuity(stream, { last, next, page });
    return this;
  }

  end(stream: string): this {
    this.oracle.streamEnded(stream);
    return this;
  }

  close(subscription: string): this {
    this.oracle.subscriptionClosed(subscription);
    return this;
  }

  /** The invariants that the history breaks, each once. */
  broken(): string[] {
    return [...new Set(this.oracle.verdict().violations.map(({ invariant }) => invariant))];
  }
}
