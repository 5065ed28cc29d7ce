import type { Exchange } from '../../../h2/index.ts';
import type { CallContext } from '../context.ts';
import { corsHeaders, preflightAnswer } from '../cors.ts';
import { type Codec, refuse, serve } from '../grpc/index.ts';
import { deaf, type Protocol } from '../protocol.ts';
import { BinaryCodec } from './binary.ts';
import { TextCodec } from './text.ts';

/** gRPC-Web as the public description of its wire has it, over HTTP/1.1 and HTTP/2 alike. */
export const grpcWeb: Protocol = {
  serve(exchange, context) {
    if (exchange.method === 'OPTIONS') {
      exchange.end(preflightAnswer(exchange, 'POST, OPTIONS', context.config));
      return deaf;
    }
    if (exchange.method !== 'POST') {
      exchange.end({ ':status': 405, allow: 'POST, OPTIONS' });
      return deaf;
    }
    if (!isGrpcWeb.test(exchange.header('content-type') ?? '')) {
      exchange.end({ ':status': 415 });
      return deaf;
    }
    return serve(exchange, codecOf(exchange, context), context);
  },
  refuse: (exchange, status, context) => refuse(exchange, codecOf(exchange, context), status),
};

const isGrpcWeb = /^application\/grpc-web(-text)?(\+proto)?\s*(;|$)/i;

/** The answer is wrapped as the request is, whatever `accept` says: clients send the same in both. */
function codecOf(exchange: Exchange, context: CallContext): Codec {
  const type = exchange.header('content-type') ?? '';
  const cors = corsHeaders(exchange, context.config);
  return /^application\/grpc-web-text/i.test(type) ? new TextCodec(cors) : new BinaryCodec(cors);
}
