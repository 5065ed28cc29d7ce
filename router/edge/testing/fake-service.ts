import { pubsub } from '../../../proto/index.ts';
import { topicKey } from '../../../topology/index.ts';
import type {
  CacheInfo,
  Frame,
  Position,
  PublishAnswered,
  PublishRequest,
  Refusal,
  Sink,
  StartAt,
  Subscription,
  TopicName,
  TopicService,
} from '../../service.ts';

const page = 7;

/** A topic service of one process: everything is kept, nothing is bounded, and tests can reach in. */
export class FakeService implements TopicService {
  readonly published: PublishRequest[] = [];
  /** All that were ever accepted; `closed` and `ended` say what became of them. */
  readonly subscriptions: FakeSubscription[] = [];
  cacheList: CacheInfo[] = [
    { name: 'cache', publishesPerSecondMax: 0, subscriptionsMax: 0, messageBytesMax: 1024 * 1024 },
  ];
  /** Set to answer publishes differently. */
  onPublish: ((request: PublishRequest) => Promise<Position | Refusal>) | undefined;
  /** Set to refuse subscriptions. */
  onSubscribe: ((name: TopicName, start: StartAt) => Refusal | undefined) | undefined;
  /** Subscriptions get their first heartbeat only by `FakeSubscription.greet`. */
  silent = false;
  readonly #topics = new Map<string, PublishRequest[]>();

  publish(request: PublishRequest, answered: PublishAnswered): void {
    this.published.push(request);
    if (this.onPublish) void this.onPublish(request).then(answered);
    else answered(this.#noCache(request.cache) ?? this.accept(request));
  }

  accept(request: PublishRequest): Position {
    const items = this.items(request);
    items.push(request);
    const position = { page, sequence: items.length };
    for (const subscription of this.subscriptions) {
      if (sameName(subscription.name, request)) subscription.deliver();
    }
    return position;
  }

  items({ cache, topic }: TopicName): PublishRequest[] {
    const key = topicKey(cache, topic);
    const items = this.#topics.get(key) ?? [];
    this.#topics.set(key, items);
    return items;
  }

  subscribe(name: TopicName, start: StartAt, sink: Sink): Subscription | Refusal {
    const refusal = this.#noCache(name.cache) ?? this.onSubscribe?.(name, start);
    if (refusal) return refusal;
    const subscription = new FakeSubscription(name, start, sink, this.items(name));
    this.subscriptions.push(subscription);
    if (!this.silent) subscription.greet();
    return subscription;
  }

  caches(): readonly CacheInfo[] {
    return this.cacheList;
  }

  /** Subscriptions that neither side ended. */
  get open(): FakeSubscription[] {
    return this.subscriptions.filter((subscription) => !subscription.over);
  }

  #noCache(cache: string): Refusal | undefined {
    if (this.cacheList.some(({ name }) => name === cache)) return undefined;
    return { refused: 'cache-not-found', message: `no cache is named ${JSON.stringify(cache)}` };
  }
}

export class FakeSubscription implements Subscription {
  readonly name: TopicName;
  readonly start: StartAt;
  readonly #sink: Sink;
  readonly #items: readonly PublishRequest[];
  closed = false;
  ended = false;
  /** The sink said to stop. */
  blocked = false;
  /** Called when the edge closes it. */
  onClose = (): void => {};
  /** Bytes handed to the sink. */
  bytes = 0;
  #greeted = false;
  #sequence: number;

  constructor(name: TopicName, start: StartAt, sink: Sink, items: readonly PublishRequest[]) {
    this.name = name;
    this.start = start;
    this.#sink = sink;
    this.#items = items;
    if (start.from === 'now' || start.from === 'unknown') this.#sequence = items.length;
    else if (start.from === 'after') this.#sequence = start.position.sequence;
    else this.#sequence = start.sequence - 1;
  }

  get over(): boolean {
    return this.closed || this.ended;
  }

  greet(): void {
    this.#greeted = true;
    this.write({ kind: { $case: 'heartbeat', value: {} } });
    this.deliver();
  }

  /** Writes what is due, for as long as the sink takes it. */
  deliver(): void {
    while (this.#greeted && !this.blocked && !this.over && this.#sequence < this.#items.length) {
      const item = this.#items[this.#sequence] as PublishRequest;
      this.#sequence += 1;
      this.write({
        kind: {
          $case: 'item',
          value: {
            topicSequenceNumber: this.#sequence,
            value: {
              kind: item.text
                ? { $case: 'text', value: Buffer.from(item.payload).toString() }
                : { $case: 'binary', value: item.payload },
            },
            publisherId: item.publisherId,
            sequencePage: page,
          },
        },
      });
    }
  }

  write(item: pubsub.SubscriptionItem): void {
    const frame = frameOf(item);
    this.bytes += frame.bytes.length;
    this.blocked = !this.#sink.write(frame);
  }

  end(refusal?: Refusal): void {
    this.ended = true;
    this.#sink.end(refusal);
  }

  drained(): void {
    this.blocked = false;
    this.deliver();
  }

  close(): void {
    this.closed = true;
    this.onClose();
  }

  position(): Position | undefined {
    return this.#greeted ? { page, sequence: this.#sequence } : undefined;
  }
}

function sameName(one: TopicName, other: TopicName): boolean {
  return one.cache === other.cache && one.topic === other.topic;
}

function frameOf(item: pubsub.SubscriptionItem): Frame {
  const message = pubsub.SubscriptionItem.encode(item).finish();
  const bytes = Buffer.alloc(5 + message.length);
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, 5);
  return { bytes };
}
