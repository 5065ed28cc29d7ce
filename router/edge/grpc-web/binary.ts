import type { Exchange, Headers } from '../../../h2/index.ts';
import type { Codec } from '../grpc/index.ts';
import { endWith, trailersFrame } from './trailers.ts';

/** `application/grpc-web+proto`: frames as they are. */
export class BinaryCodec implements Codec {
  readonly headers: Headers;

  constructor(cors: Headers) {
    this.headers = { ':status': 200, 'content-type': 'application/grpc-web+proto', ...cors };
  }

  decode(chunk: Uint8Array): Uint8Array {
    return chunk;
  }

  encode(framed: Uint8Array): Uint8Array {
    return framed;
  }

  end(exchange: Exchange, trailers: Headers): void {
    endWith(exchange, trailersFrame(trailers));
  }
}
