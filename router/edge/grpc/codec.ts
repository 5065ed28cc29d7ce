import type { Exchange, Headers } from '../../../h2/index.ts';
import type { Status } from './status.ts';

/** How a call's gRPC frames travel in an exchange: as they are, or wrapped for browsers. One for each call that needs state. */
export interface Codec {
  /** Of every response, with `:status`. */
  readonly headers: Headers;
  /** A piece of the request's body as gRPC frames, possibly empty; a status: it can't be that. */
  decode(chunk: Uint8Array): Uint8Array | Status;
  /** Answers that carry their gRPC prefix, as they go into the response. */
  encode(framed: Uint8Array): Uint8Array;
  /** Ends a response that has begun. */
  end(exchange: Exchange, trailers: Headers): void;
}

/** gRPC itself. */
export const plainCodec: Codec = {
  headers: Object.freeze({ ':status': 200, 'content-type': 'application/grpc' }),
  decode: (chunk) => chunk,
  encode: (framed) => framed,
  end: (exchange, trailers) => exchange.end(trailers),
};
