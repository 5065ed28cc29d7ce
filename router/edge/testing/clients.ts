import { type ClientReadableStream, credentials, type ServiceError } from '@grpc/grpc-js';
import { pubsub } from '../../../proto/index.ts';

export type Message = pubsub.SubscriptionItem;

/** A grpc-js client with a connection of its own. */
export class PubsubClient extends pubsub.PubsubClient {
  constructor(address: string) {
    super(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  }
}

/** A request for a topic of the cache `cache`, from now on unless told otherwise. */
export function subscription(topic: string, sequence = 0, page = 0): pubsub.SubscriptionRequest {
  return {
    cacheName: 'cache',
    topic,
    resumeAtTopicSequenceNumber: sequence,
    sequencePage: page,
  };
}

/** What a grpc-js stream said so far. */
export interface Collected {
  readonly messages: Message[];
  /** Resolves with the status code when it is over; never rejects. */
  readonly over: Promise<ServiceError | undefined>;
  /** Resolves when that many messages are there. */
  atLeast(count: number): Promise<readonly Message[]>;
  items(): string[];
}

export function collect(stream: ClientReadableStream<Message>): Collected {
  const messages: Message[] = [];
  const waiting: { count: number; resolve: (messages: readonly Message[]) => void }[] = [];
  stream.on('data', (message: Message) => {
    messages.push(message);
    for (const { count, resolve } of waiting) if (messages.length >= count) resolve(messages);
  });
  const over = new Promise<ServiceError | undefined>((resolve) => {
    stream.on('error', (error) => resolve(error as ServiceError));
    stream.on('end', () => resolve(undefined));
  });
  return {
    messages,
    over,
    atLeast: (count) =>
      new Promise((resolve) => {
        if (messages.length >= count) resolve(messages);
        else waiting.push({ count, resolve });
      }),
    items: () => messages.flatMap(textOf),
  };
}

function textOf({ kind }: Message): string[] {
  if (kind?.$case !== 'item') return [];
  const value = kind.value.value?.kind;
  return [value?.$case === 'text' ? value.value : Buffer.from(value?.value ?? []).toString()];
}

/** A message with its gRPC prefix. */
export function rawFrame(message: Uint8Array, flag = 0): Buffer {
  const framed = Buffer.alloc(5 + message.length);
  framed[0] = flag;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}
