import type { Exchange, ExchangeHandler } from '../../../h2/index.ts';
import { ping as pingProto, pubsub, scs } from '../../../proto/index.ts';
import { Call, type Method } from './call.ts';
import type { GrpcContext } from './context.ts';
import { createCache, deleteCache, listCaches } from './control.ts';
import { ping } from './ping.ts';
import { publish } from './publish.ts';
import { type Status, trailersOf } from './status.ts';
import { subscribe } from './subscribe.ts';

const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  [pubsub.PubsubService.publish.path, publish],
  [pubsub.PubsubService.subscribe.path, subscribe],
  [pingProto.PingService.ping.path, ping],
  [scs.ScsControlService.createCache.path, createCache],
  [scs.ScsControlService.deleteCache.path, deleteCache],
  [scs.ScsControlService.listCaches.path, listCaches],
]);

/** Finds who handles a request. What is not gRPC is answered in HTTP, as gRPC over HTTP/2 asks for. */
export function route(exchange: Exchange, context: GrpcContext): ExchangeHandler {
  if (exchange.method !== 'POST') {
    return refused(exchange, { ':status': 405, allow: 'POST' });
  }
  if (!isGrpc(exchange.header('content-type'))) {
    return refused(exchange, { ':status': 415 });
  }
  const method = methods.get(exchange.path);
  if (method) return new Call(exchange, method, context);
  const path = JSON.stringify(exchange.path.slice(0, pathCharactersMax));
  return refuse(exchange, { code: 'unimplemented', message: `no method is served at ${path}` });
}

/** Answers with a status before looking at the request. */
export function refuse(exchange: Exchange, status: Status): ExchangeHandler {
  return refused(exchange, {
    ':status': 200,
    'content-type': 'application/grpc',
    ...trailersOf(status),
  });
}

const pathCharactersMax = 200;

/** `application/grpc`, by itself or as protobuf; parameters don't matter. */
function isGrpc(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/grpc(\+proto)?\s*(;|$)/i.test(contentType);
}

function refused(exchange: Exchange, headers: Parameters<Exchange['end']>[0]): ExchangeHandler {
  exchange.end(headers);
  return deaf;
}

const deaf: ExchangeHandler = { data() {}, requestEnded() {}, drained() {}, closed() {} };
