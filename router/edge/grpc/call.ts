import type { Exchange, Headers } from '../../../h2/index.ts';
import type { CallContext } from '../context.ts';
import type { Codec } from './codec.ts';
import { prefixBytes } from './deframe.ts';
import type { LimitWords, Status } from './status.ts';
import { okTrailers, trailersOf } from './status.ts';

/** One method that a client can call: one request message, one or many answers. */
export interface UnaryMethod {
  /** Which limit a request over the message bound breaks. */
  readonly tooLarge: LimitWords;
  /** The call ends before its request was read, for what is wrong with that. */
  unread?(problem: Status, context: CallContext): void;
  /** The request is complete. Answers through `call`, now or later; may return what the stream is to be told. */
  invoke(message: Uint8Array, call: Call, context: CallContext): CallStream | undefined;
}

/** One method to which a client sends many messages. */
export interface StreamMethod {
  readonly tooLarge: LimitWords;
  /** The call begins. */
  open(call: Call, context: CallContext): MessageStream;
}

export type Method = UnaryMethod | StreamMethod;

/** A method that goes on answering. */
export interface CallStream {
  drained(): void;
  /** The client is gone, or the call was ended. */
  closed(): void;
}

/** A method that goes on reading, too. */
export interface MessageStream extends CallStream {
  /** The next message: a view of what arrived, which may be kept. */
  message(message: Uint8Array): void;
  /** The client has nothing more to say. */
  requestEnded(): void;
}

/**
 * The answering half of one gRPC call on an exchange.
 *
 *   silent      nothing was answered: an error is sent as trailers only
 *   answering   after the first `write`
 *   ended       a status was sent, or the client is gone; whatever the method still says is dropped
 */
export class Call {
  readonly exchange: Exchange;
  protected readonly context: CallContext;
  readonly #codec: Codec;
  #responded = false;
  #ended = false;

  constructor(exchange: Exchange, codec: Codec, context: CallContext) {
    this.exchange = exchange;
    this.#codec = codec;
    this.context = context;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Sends answers that carry their gRPC prefix. See `Exchange.write`. */
  write(framed: Uint8Array): boolean {
    if (this.#ended) return true;
    if (!this.#responded) {
      this.#responded = true;
      this.exchange.respond(this.#codec.headers);
    }
    const bytes = this.#codec.encode(framed);
    this.context.counts.sentBytes += bytes.length;
    return this.exchange.write(bytes);
  }

  /** One answer among others. */
  send(message: Uint8Array): boolean {
    return this.write(frame(message));
  }

  /** The only answer of a unary call. */
  answer(message: Uint8Array): void {
    this.send(message);
    this.succeed();
  }

  /** Ends with OK. */
  succeed(): void {
    this.#end(okTrailers);
  }

  /** Ends with an error: trailers only, if nothing was answered before. */
  fail(status: Status): void {
    this.#end(trailersOf(status));
  }

  /** A mistake of this process: told to the operator in full, to the client not at all. */
  fault(error: unknown): void {
    this.context.log.error({ path: this.exchange.path, error }, 'a call failed inside the router');
    this.fail({ code: 'internal', message: 'internal error; it was logged by the router' });
  }

  /** A piece of the request without what it was wrapped in. */
  protected unwrap(chunk: Uint8Array): Uint8Array | Status {
    this.context.counts.receivedBytes += chunk.length;
    return this.#codec.decode(chunk);
  }

  /** The client is gone, or has everything. */
  protected over(): void {
    this.#ended = true;
    this.stopReading();
  }

  /** Nothing more of the request is wanted. */
  protected stopReading(): void {}

  #end(trailers: Headers): void {
    if (this.#ended) return;
    this.over();
    if (this.#responded) this.#codec.end(this.exchange, trailers);
    else this.exchange.end({ ...this.#codec.headers, ...trailers });
  }
}

function frame(message: Uint8Array): Uint8Array {
  const framed = Buffer.allocUnsafe(prefixBytes + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, prefixBytes);
  return framed;
}
