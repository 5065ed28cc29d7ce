import { type ClientReadableStream, type ServiceError, status } from '@grpc/grpc-js';
import type { pubsub } from '../../proto/index.ts';
import type { Notice, Position } from './oracle/index.ts';
import { idOfItem, topicKey } from './payload.ts';
import type { RawClient } from './raw-client.ts';
import { type Arrivals, Standing } from './watch.ts';

/** Statuses after which an SDK gives a subscription up. */
const finalStatuses: readonly number[] = [
  status.UNAUTHENTICATED,
  status.PERMISSION_DENIED,
  status.NOT_FOUND,
  status.CANCELLED,
];
const resumeDelayMs = 200;

export interface RawSubscriptionOptions extends Arrivals {
  /** The first item wanted; page 0: of whichever page; undefined: from now on. */
  readonly from?: Position;
  /** Comes back by itself after a break, as SDKs do. Default: true. */
  readonly resumes?: boolean;
}

/** One subscription over the bare wire: every message is told to the oracle; it can stop reading, break and resume. */
export class RawSubscription {
  readonly name: string;
  readonly notices: Notice[] = [];
  items = 0;
  /** How the last stream ended, if it failed. */
  failure: ServiceError | undefined;
  /** Resolves at the first message, rejects when the first stream fails before it. */
  readonly attached: Promise<void>;
  readonly #client: RawClient;
  readonly #target: { readonly cacheName: string; readonly topic: string };
  readonly #options: RawSubscriptionOptions;
  readonly #standing = new Standing();
  #settle: { resolve(): void; reject(error: Error): void } | undefined;
  #call: ClientReadableStream<pubsub.SubscriptionItem> | undefined;
  #streams = 0;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    client: RawClient,
    target: { readonly cacheName: string; readonly topic: string },
    options: RawSubscriptionOptions,
  ) {
    this.#client = client;
    this.#target = target;
    this.#options = options;
    this.name = client.watch.name(`${target.topic} raw`);
    this.attached = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.attached.catch(() => {});
    this.#open(options.from);
  }

  get held(): Position | undefined {
    return this.#standing.held;
  }

  /** Leaves what comes unread until `read` is called. */
  stopReading(): void {
    this.#call?.pause();
  }

  read(): void {
    this.#call?.resume();
  }

  /** Drops the stream as a lost connection would; the subscription goes on, when it is resumed or at once. */
  breakOff(then?: 'and resume'): void {
    clearTimeout(this.#timer);
    this.#call?.cancel();
    this.#call = undefined;
    if (then) this.#timer = setTimeout(() => this.resume(), resumeDelayMs);
  }

  /** Opens a new stream at the item after the last one received. */
  resume(): void {
    this.#open(this.#standing.wanted ?? this.#options.from);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#client.watch.oracle.subscriptionClosed(this.name);
    this.#call?.cancel();
  }

  #open(asked: Position | undefined): void {
    const { oracle } = this.#client.watch;
    const stream = `${this.name}/${++this.#streams}`;
    const { cacheName, topic } = this.#target;
    oracle.streamOpened(stream, this.name, topicKey(cacheName, topic), asked);
    const call = this.#client.stub.subscribe({
      ...this.#target,
      resumeAtTopicSequenceNumber: asked?.sequence ?? 0,
      sequencePage: asked?.page ?? 0,
    });
    this.#call = call;
    call.on('data', (message: pubsub.SubscriptionItem) => {
      if (call === this.#call && !this.#closed) this.#take(stream, message);
    });
    call.on('error', (error: ServiceError) => this.#ended(call, stream, error));
    call.on('end', () => this.#ended(call, stream, undefined));
  }

  #take(stream: string, { kind }: pubsub.SubscriptionItem): void {
    const { oracle } = this.#client.watch;
    oracle.attached(stream);
    this.#settle?.resolve();
    const nowMs = performance.now();
    this.#options.message?.(nowMs);
    if (kind?.$case === 'item') {
      const position = { page: kind.value.sequencePage, sequence: kind.value.topicSequenceNumber };
      const id = idOfItem(kind.value);
      this.#standing.hold(position);
      this.items++;
      oracle.item(stream, position, id);
      this.#options.item?.(id, nowMs, position);
    }
    if (kind?.$case === 'discontinuity') {
      const { lastTopicSequence, newTopicSequence, newSequencePage } = kind.value;
      const notice = { last: lastTopicSequence, next: newTopicSequence, page: newSequencePage };
      this.#standing.hold({ page: notice.page, sequence: notice.next });
      this.notices.push(notice);
      oracle.discontinuity(stream, notice);
    }
  }

  #ended(
    call: ClientReadableStream<pubsub.SubscriptionItem>,
    stream: string,
    error: ServiceError | undefined,
  ): void {
    if (call !== this.#call || this.#closed) return;
    this.#call = undefined;
    this.failure = error;
    this.#client.watch.oracle.streamEnded(stream);
    if (error) this.#settle?.reject(error);
    if (this.#options.resumes === false) return;
    if (error && finalStatuses.includes(error.code)) return;
    this.#timer = setTimeout(() => this.resume(), error ? resumeDelayMs : 0);
  }
}
