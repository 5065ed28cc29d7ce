import type { Exchange, ExchangeHandler, Headers } from '../../../h2/index.ts';
import type { Deadline, Timed } from '../deadlines.ts';
import type { GrpcContext } from './context.ts';
import { Deframer, prefixBytes } from './deframe.ts';
import { isStatus } from './requests.ts';
import type { LimitWords } from './status.ts';
import { okTrailers, type Status, trailersOf } from './status.ts';

/** One method that a client can call: one request message, one or many answers. */
export interface Method {
  /** Which limit a request over the message bound breaks. */
  readonly tooLarge: LimitWords;
  /** The call ends before its request was read, for what is wrong with that. */
  unread?(problem: Status, context: GrpcContext): void;
  /** The request is complete. Answers through `call`, now or later; may return what the stream is to be told. */
  invoke(message: Uint8Array, call: Call, context: GrpcContext): CallStream | undefined;
}

/** A method that goes on answering. */
export interface CallStream {
  drained(): void;
  /** The client is gone, or the call was ended. */
  closed(): void;
}

const responseHeaders: Headers = { ':status': 200, 'content-type': 'application/grpc' };

/**
 * One gRPC call on an exchange.
 *
 *   reading     the request message arrives, with a deadline
 *   answering   the method was invoked
 *   ended       a status was sent, or the client is gone; whatever the method still says is dropped
 */
export class Call implements ExchangeHandler, Timed {
  readonly exchange: Exchange;
  readonly #method: Method;
  readonly #context: GrpcContext;
  /** Both only while reading. */
  #deframer: Deframer | undefined;
  #deadline: Deadline | undefined;
  #stream: CallStream | undefined;
  #responded = false;
  #ended = false;

  constructor(exchange: Exchange, method: Method, context: GrpcContext) {
    this.exchange = exchange;
    this.#method = method;
    this.#context = context;
    this.#deframer = new Deframer({ ...context.bounds, tooLarge: method.tooLarge });
    this.#deadline = context.wheel.schedule(context.config.requestMsMax, this);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Sends answers that carry their gRPC prefix. See `Exchange.write`. */
  write(framed: Uint8Array): boolean {
    if (this.#ended) return true;
    if (!this.#responded) {
      this.#responded = true;
      this.exchange.respond(responseHeaders);
    }
    this.#context.counts.sentBytes += framed.length;
    return this.exchange.write(framed);
  }

  /** The only answer of a unary call. */
  answer(message: Uint8Array): void {
    this.write(frame(message));
    this.succeed();
  }

  /** Ends with OK. */
  succeed(): void {
    this.#end(this.#responded ? okTrailers : { ...responseHeaders, ...okTrailers });
  }

  /** Ends with an error: trailers only, if nothing was answered before. */
  fail(status: Status): void {
    const trailers = trailersOf(status);
    this.#end(this.#responded ? trailers : { ...responseHeaders, ...trailers });
  }

  data(chunk: Uint8Array): void {
    this.#context.counts.receivedBytes += chunk.length;
    const problem = this.#deframer?.push(chunk);
    if (problem) this.#failUnread(problem);
  }

  requestEnded(): void {
    const message = this.#deframer?.finish();
    this.#stopReading();
    if (message === undefined || this.#ended) return;
    if (isStatus(message)) return this.#failUnread(message);
    try {
      this.#stream = this.#method.invoke(message, this, this.#context);
    } catch (error) {
      this.fault(error);
    }
  }

  drained(): void {
    if (!this.#ended) this.#stream?.drained();
  }

  closed(): void {
    this.#ended = true;
    this.#stopReading();
    this.#stream?.closed();
  }

  deadlineDue(): void {
    this.#failUnread({
      code: 'deadline-exceeded',
      message: `the request was not complete after ${this.#context.config.requestMsMax} ms`,
    });
  }

  /** A mistake of this process: told to the operator in full, to the client not at all. */
  fault(error: unknown): void {
    this.#context.log.error({ path: this.exchange.path, error }, 'a call failed inside the router');
    this.fail({ code: 'internal', message: 'internal error; it was logged by the router' });
  }

  #failUnread(problem: Status): void {
    if (!this.#ended) this.#method.unread?.(problem, this.#context);
    this.fail(problem);
  }

  #end(trailers: Headers): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopReading();
    this.exchange.end(trailers);
  }

  #stopReading(): void {
    this.#deframer?.release();
    this.#deframer = undefined;
    this.#context.wheel.cancel(this.#deadline);
    this.#deadline = undefined;
  }
}

function frame(message: Uint8Array): Uint8Array {
  const framed = Buffer.allocUnsafe(prefixBytes + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, prefixBytes);
  return framed;
}
