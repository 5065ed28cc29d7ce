import type { Exchange } from '../../h2/index.ts';
import { grpc } from './grpc/index.ts';
import { grpcWeb } from './grpc-web/index.ts';
import { http } from './http/index.ts';
import type { Protocol } from './protocol.ts';

const grpcType = 'application/grpc';

/**
 * Which protocol a request is in. The content type tells gRPC and gRPC-Web; what has neither is of the HTTP API, but for
 * preflights of gRPC-Web calls, and for requests to a method of gRPC, which says how it is called.
 */
export function protocolOf(exchange: Exchange): Protocol {
  const type = exchange.header('content-type');
  if (type !== undefined && type.slice(0, grpcType.length).toLowerCase() === grpcType) {
    return type.startsWith('-', grpcType.length) ? grpcWeb : grpc;
  }
  if (http.owns(exchange.path)) return http;
  if (exchange.method === 'OPTIONS') return grpcWeb;
  return grpc.owns(exchange.path) ? grpc : http;
}
