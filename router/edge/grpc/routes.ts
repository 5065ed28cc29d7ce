import type { Exchange, ExchangeHandler, Headers } from '../../../h2/index.ts';
import {
  health,
  ping as pingProto,
  publishing,
  pubsub,
  reflection,
  scs,
} from '../../../proto/index.ts';
import type { CallContext } from '../context.ts';
import { deaf, type Protocol } from '../protocol.ts';
import type { Method } from './call.ts';
import { type Codec, plainCodec } from './codec.ts';
import { createCache, deleteCache, listCaches } from './control.ts';
import { check, watch } from './health.ts';
import { ping } from './ping.ts';
import { publish } from './publish.ts';
import { publishStream } from './publish-stream.ts';
import { reflect } from './reflection.ts';
import { type Status, trailersOf } from './status.ts';
import { StreamingCall } from './streaming-call.ts';
import { subscribe } from './subscribe.ts';
import { UnaryCall } from './unary-call.ts';

const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  [pubsub.PubsubService.publish.path, publish],
  [pubsub.PubsubService.subscribe.path, subscribe],
  [publishing.PublishServiceService.publish.path, publishStream],
  [pingProto.PingService.ping.path, ping],
  [health.HealthService.check.path, check],
  [health.HealthService.watch.path, watch],
  [reflection.ServerReflectionService.serverReflectionInfo.path, reflect],
  // The same messages under the name that they had before: older clients know no other.
  ['/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo', reflect],
  [scs.ScsControlService.createCache.path, createCache],
  [scs.ScsControlService.deleteCache.path, deleteCache],
  [scs.ScsControlService.listCaches.path, listCaches],
]);

/** gRPC over HTTP/2. What isn't that is answered in HTTP, as its specification asks for. */
export const grpc: Protocol & { owns(path: string): boolean } = {
  owns: (path) => methods.has(path),
  serve(exchange, context) {
    if (exchange.method !== 'POST') return refused(exchange, { ':status': 405, allow: 'POST' });
    if (!isGrpc(exchange.header('content-type'))) return refused(exchange, { ':status': 415 });
    return serve(exchange, plainCodec, context);
  },
  refuse: (exchange, status) => refuse(exchange, plainCodec, status),
};

/** The answer to gRPC over HTTP/1, which can't carry it: a proxy before this port may have left HTTP/2. */
export function refuseHttp1(exchange: Exchange): ExchangeHandler {
  const body = Buffer.from(
    'gRPC needs HTTP/2: prior knowledge, or ALPN h2 with TLS. gRPC-Web does not.\n',
  );
  exchange.respond({
    ':status': 505,
    'content-type': 'text/plain',
    'content-length': body.length,
  });
  exchange.write(body);
  exchange.end({});
  return deaf;
}

/** Finds who handles a call, however its frames are wrapped. */
export function serve(exchange: Exchange, codec: Codec, context: CallContext): ExchangeHandler {
  const method = methods.get(exchange.path);
  if (method) {
    return 'open' in method
      ? new StreamingCall(exchange, method, codec, context)
      : new UnaryCall(exchange, method, codec, context);
  }
  const path = JSON.stringify(exchange.path.slice(0, pathCharactersMax));
  const message = `no method is served at ${path}`;
  return refuse(exchange, codec, { code: 'unimplemented', message });
}

/** Answers with a status before looking at the request. */
export function refuse(exchange: Exchange, codec: Codec, status: Status): ExchangeHandler {
  return refused(exchange, { ...codec.headers, ...trailersOf(status) });
}

const pathCharactersMax = 200;

/** `application/grpc`, by itself or as protobuf; parameters don't matter. */
function isGrpc(contentType: string | undefined): boolean {
  if (contentType === 'application/grpc') return true;
  return contentType !== undefined && /^application\/grpc(\+proto)?\s*(;|$)/i.test(contentType);
}

function refused(exchange: Exchange, headers: Headers): ExchangeHandler {
  exchange.end(headers);
  return deaf;
}
