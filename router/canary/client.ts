import { type ClientReadableStream, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { pubsub } from '../../proto/index.ts';
import type { Clock } from '../../runtime/index.ts';
import { canaryCache } from '../../topology/index.ts';
import { canaryHeader } from '../edge/index.ts';
import type { Position } from '../service.ts';
import type { Notice } from './judge.ts';
import type { Payload } from './payload.ts';

/** What a stream tells. Nothing follows `ended`. */
export interface StreamEvents {
  /** The first message, whatever it is, before it is told. */
  opened(): void;
  item(at: Position, payload: Payload): void;
  announced(notice: Notice): void;
  /** `clean`: with OK, so that the client comes back at once. */
  ended(clean: boolean): void;
}

/** The router answers within its own time; this one is for a router that doesn't. */
const answerMsMax = 10_000;

/** A client of this router's own client port, as any other but for its key. */
export class CanaryClient {
  readonly #stub: pubsub.PubsubClient;
  readonly #clock: Clock;
  readonly #metadata = new Metadata();

  /** @param address host:port @param key what opens the canaries' cache */
  constructor(address: string, key: string, clock: Clock) {
    this.#clock = clock;
    this.#stub = new pubsub.PubsubClient(address, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_http_proxy': 0,
      'grpc.enable_retries': 0,
      'grpc.max_receive_message_length': -1,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.min_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 500,
    });
    this.#metadata.set(canaryHeader, key);
  }

  /** @param done undefined: accepted; else why not */
  publish(topic: string, payload: Payload, done: (refusal: string | undefined) => void): void {
    const request = { cacheName: canaryCache, topic, value: valueOf(payload) };
    const call = this.#stub.publish(request, this.#metadata, (error) => {
      cancel();
      done(error?.details ?? error?.message);
    });
    const cancel = this.#clock.after(answerMsMax, () => call.cancel());
  }

  /** @param after where the last stream stood @returns how to end it without a word */
  subscribe(topic: string, after: Position | undefined, events: StreamEvents): () => void {
    const request: pubsub.SubscriptionRequest = {
      cacheName: canaryCache,
      topic,
      resumeAtTopicSequenceNumber: after ? after.sequence + 1 : 0,
      sequencePage: after?.page ?? 0,
    };
    const stream = this.#stub.subscribe(request, this.#metadata);
    return listen(stream, events);
  }

  close(): void {
    this.#stub.close();
  }
}

function listen(
  stream: ClientReadableStream<pubsub.SubscriptionItem>,
  events: StreamEvents,
): () => void {
  let isOpen = false;
  let isOver = false;
  const end = (error: ServiceError | undefined): void => {
    if (isOver) return;
    isOver = true;
    events.ended(error === undefined);
  };
  stream.on('data', ({ kind }: pubsub.SubscriptionItem) => {
    if (isOver) return;
    if (!isOpen) events.opened();
    isOpen = true;
    if (kind?.$case === 'item') {
      const { sequencePage: page, topicSequenceNumber: sequence, value } = kind.value;
      events.item({ page, sequence }, payloadOf(value));
    } else if (kind?.$case === 'discontinuity') {
      const { lastTopicSequence, newTopicSequence, newSequencePage } = kind.value;
      events.announced({ last: lastTopicSequence, next: newTopicSequence, page: newSequencePage });
    }
  });
  stream.on('error', (error: ServiceError) => end(error));
  stream.on('end', () => end(undefined));
  return () => {
    isOver = true;
    stream.cancel();
  };
}

function valueOf(payload: Payload): pubsub.TopicValue {
  return payload.kind === 'text'
    ? { kind: { $case: 'text', value: payload.text } }
    : { kind: { $case: 'binary', value: payload.bytes } };
}

function payloadOf(value: pubsub.TopicValue | undefined): Payload {
  const kind = value?.kind;
  if (kind?.$case === 'text') return { kind: 'text', text: kind.value };
  return { kind: 'binary', bytes: kind?.value ?? new Uint8Array(0) };
}
