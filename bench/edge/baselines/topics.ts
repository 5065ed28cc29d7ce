import { pubsub } from '../../../proto/index.ts';

/** Topic -> those who hear it, of a baseline; an item is encoded once. */
export class Topics<Subscriber> {
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  readonly #sequences = new Map<string, number>();
  readonly #write: (subscriber: Subscriber, message: Uint8Array) => void;

  constructor(write: (subscriber: Subscriber, message: Uint8Array) => void) {
    this.#write = write;
  }

  /** @returns how to take it off. */
  subscribe(request: Uint8Array, subscriber: Subscriber): () => void {
    const { topic } = pubsub.SubscriptionRequest.decode(request);
    const subscribers = this.#subscribers.get(topic) ?? new Set();
    this.#subscribers.set(topic, subscribers.add(subscriber));
    this.#write(subscriber, heartbeat);
    return () => subscribers.delete(subscriber);
  }

  publish(request: Uint8Array): void {
    const { topic, value } = pubsub.PublishRequest.decode(request);
    const topicSequenceNumber = (this.#sequences.get(topic) ?? 0) + 1;
    this.#sequences.set(topic, topicSequenceNumber);
    const item = { topicSequenceNumber, value, publisherId: '', sequencePage: 1 };
    const message = itemOf({ $case: 'item', value: item });
    for (const subscriber of this.#subscribers.get(topic) ?? []) this.#write(subscriber, message);
  }
}

const heartbeat = itemOf({ $case: 'heartbeat', value: {} });

function itemOf(kind: pubsub.SubscriptionItem['kind']): Uint8Array {
  return pubsub.SubscriptionItem.encode({ kind }).finish();
}
