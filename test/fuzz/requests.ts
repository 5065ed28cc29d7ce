import { pubsub, scs } from '../../proto/index.ts';
import type { Random } from '../simulation/world/random.ts';
import type { Mutator } from './mutator.ts';

/** A request of a client, as fields and body. */
export interface Request {
  readonly fields: [name: string, value: string][];
  readonly body: Buffer;
}

const { publish, subscribe } = pubsub.PubsubService;

/** A request that a client could send, but for what `mutator` does to it. */
export function makeRequest(random: Random, mutator: Mutator): Request {
  const protocol = random.pick(['grpc', 'grpc', 'grpc', 'web', 'web-text', 'http'] as const);
  const request = protocol === 'http' ? overHttp(random, mutator) : call(random, mutator, protocol);
  return { ...request, fields: mutator.fields(request.fields) };
}

function call(random: Random, mutator: Mutator, protocol: 'grpc' | 'web' | 'web-text'): Request {
  const [path, message] = messageFor(random);
  const framed = mutator.bytes('grpc', framedMessage(mutator.bytes('protobuf', message)));
  const type = { grpc: 'grpc', web: 'grpc-web+proto', 'web-text': 'grpc-web-text' }[protocol];
  const text = Buffer.from(framed.toString('base64'), 'latin1');
  return {
    fields: [
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', path],
      [':authority', 'edge'],
      ['content-type', `application/${type}`],
      ['te', 'trailers'],
      ['grpc-timeout', `${random.below(1000)}S`],
      ['authorization', 'x'.repeat(random.below(300))],
    ],
    body: protocol === 'web-text' ? mutator.bytes('web', text) : framed,
  };
}

function messageFor(random: Random): [path: string, message: Buffer] {
  const cacheName = random.pick(['cache', 'cache', 'other', '']);
  const topic = random.pick(['a', 'orders', 'ö', 'x'.repeat(300)]);
  const kind = random.chance(0.5)
    ? ({ $case: 'text', value: 'hello' } as const)
    : ({ $case: 'binary', value: Buffer.alloc(random.below(3_000), 7) } as const);
  const name = { cacheName, topic };
  switch (random.below(6)) {
    case 0:
    case 1:
      return [publish.path, encoded(pubsub.PublishRequest.encode({ ...name, value: { kind } }))];
    case 2:
    case 3: {
      const start = { resumeAtTopicSequenceNumber: random.below(5), sequencePage: random.below(3) };
      return [subscribe.path, encoded(pubsub.SubscriptionRequest.encode({ ...name, ...start }))];
    }
    case 4:
      return [
        scs.ScsControlService.createCache.path,
        encoded(scs.CreateCacheRequest.encode({ cacheName })),
      ];
    default:
      return [random.pick(['/nothing/here', '/', publish.path]), Buffer.alloc(0)];
  }
}

function overHttp(random: Random, mutator: Mutator): Request {
  const method = random.pick(['GET', 'POST', 'OPTIONS', 'HEAD', 'PUT']);
  const query = random.pick(['', '?stream=sse', '?sequence_number=1&sequence_page=x', '?token=t']);
  const topic = random.pick(['topic', '%C3%B6', '%', 'a/b', '']);
  const body = method === 'POST' ? Buffer.alloc(random.below(3_000), 120) : Buffer.alloc(0);
  return {
    fields: [
      [':method', method],
      [':scheme', 'http'],
      [':path', `/topics/${random.pick(['cache', 'other'])}/${topic}${query}`],
      [':authority', 'edge'],
      ['content-type', random.pick(['text/plain', 'application/json'])],
      ['last-event-id', random.pick(['1-1', '0', 'x'])],
      ['content-length', `${body.length}`],
    ],
    body: mutator.bytes('http', body),
  };
}

function framedMessage(message: Buffer): Buffer {
  const framed = Buffer.alloc(5 + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}

function encoded(writer: { finish(): Uint8Array }): Buffer {
  return Buffer.from(writer.finish());
}
