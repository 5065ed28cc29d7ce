import type { Exchange, Headers } from '../../../h2/index.ts';
import type { Codec, Status } from '../grpc/index.ts';
import { Base64Reader } from './base64.ts';
import { endWith, trailersFrame } from './trailers.ts';

/** Frames are shared by all subscriptions of a topic: each is encoded once. */
const known = new WeakMap<Uint8Array, Uint8Array>();

/** `application/grpc-web-text+proto`: the body in base64, for browsers that hand out nothing but text as it arrives. */
export class TextCodec implements Codec {
  readonly headers: Headers;
  readonly #reader = new Base64Reader();

  constructor(cors: Headers) {
    this.headers = { ':status': 200, 'content-type': 'application/grpc-web-text+proto', ...cors };
  }

  decode(chunk: Uint8Array): Uint8Array | Status {
    return this.#reader.read(chunk);
  }

  /** Each piece is padded by itself; clients take the pieces apart at their padding. */
  encode(framed: Uint8Array): Uint8Array {
    let text = known.get(framed);
    if (!text) {
      text = base64(framed);
      known.set(framed, text);
    }
    return text;
  }

  end(exchange: Exchange, trailers: Headers): void {
    endWith(exchange, base64(trailersFrame(trailers)));
  }
}

function base64(bytes: Uint8Array): Uint8Array {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Buffer.from(view.toString('base64'), 'latin1');
}
