import { pubsub } from '../../proto/index.ts';
import type { Router } from '../../router/router.ts';
import {
  type Frame,
  isRefusal,
  type Position,
  type Refusal,
  type Sink,
  type StartAt,
  type Subscription,
} from '../../router/service.ts';
import type { Oracle } from '../support/oracle/index.ts';
import { cache } from './two-tiers.ts';

/** One client-level subscription: a chain of streams, on whichever router, each going on where the last one ended. */
export class Reader implements Sink {
  readonly #name: string;
  readonly #topic: string;
  readonly #oracle: Oracle;
  #streams = 0;
  #stream = '';
  #subscription: Subscription | undefined;
  #position: Position | undefined;
  #paused = false;

  constructor(name: string, topic: string, oracle: Oracle) {
    this.#name = name;
    this.#topic = topic;
    this.#oracle = oracle;
  }

  open(router: Router): void {
    this.leave();
    this.#stream = `${this.#name}#${this.#streams++}`;
    const at = this.#position;
    const asked = at && { page: at.page, sequence: at.sequence + 1 };
    this.#oracle.streamOpened(this.#stream, this.#name, this.#topic, asked);
    const start: StartAt = asked ? { from: 'sequence', ...asked } : { from: 'now' };
    const outcome = router.subscribe({ cache, topic: this.#topic }, start, this);
    if (isRefusal(outcome)) throw new Error(outcome.message);
    this.#subscription = outcome;
  }

  /** Ends the stream, keeps the position. */
  leave(): void {
    if (!this.#subscription) return;
    this.#subscription.close();
    this.#subscription = undefined;
    this.#oracle.streamEnded(this.#stream);
    // Without a position it can't ask for what it missed: a new subscription, as far as its claims go.
    if (this.#position) return;
    this.#oracle.subscriptionClosed(this.#name);
  }

  /** A reader that left before it had a position has no claim to anything any more. */
  get resumable(): boolean {
    return this.#position !== undefined || this.#streams === 0;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#subscription?.drained();
  }

  write(frame: Frame): boolean {
    const bytes = Buffer.from(frame.bytes);
    for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt32BE(at + 1)) {
      const size = bytes.readUInt32BE(at + 1);
      this.#read(pubsub.SubscriptionItem.decode(bytes.subarray(at + 5, at + 5 + size)));
    }
    return !this.#paused;
  }

  end(refusal: Refusal | undefined): void {
    throw new Error(`${this.#stream} was ended by the router: ${refusal?.message ?? 'cleanly'}`);
  }

  #read({ kind }: pubsub.SubscriptionItem): void {
    if (kind?.$case === 'heartbeat') return this.#oracle.attached(this.#stream);
    if (kind?.$case === 'discontinuity') {
      const { lastTopicSequence: last, newTopicSequence: next, newSequencePage: page } = kind.value;
      this.#oracle.discontinuity(this.#stream, { last, next, page });
      this.#position = { page, sequence: next };
    } else if (kind?.$case === 'item') {
      const { topicSequenceNumber: sequence, sequencePage: page, value } = kind.value;
      this.#position = { page, sequence };
      const payload = value?.kind?.$case === 'text' ? value.kind.value : '';
      this.#oracle.item(this.#stream, { page, sequence }, payload);
    } else throw new Error('a message without a kind');
  }
}
