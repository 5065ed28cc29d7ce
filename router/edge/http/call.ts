import type { Exchange, ExchangeHandler, Headers } from '../../../h2/index.ts';
import type { CallContext } from '../context.ts';
import { corsHeaders } from '../cors.ts';
import type { Deadline, Timed } from '../deadlines.ts';
import type { CallStream, Status } from '../grpc/index.ts';
import { type HttpProblem, sendJson, sendProblem } from './answers.ts';
import { Body } from './body.ts';
import type { Target } from './target.ts';

/** One thing that a client can ask of a topic. */
export interface Method {
  /** Whether the request's body means anything. */
  readonly takesBody: boolean;
  /** The request ends before it was read, for what is wrong with it. */
  unread?(problem: Status, context: CallContext): void;
  /** The request is complete. Answers through `call`, now or later; may return what the stream is to be told. */
  invoke(body: Uint8Array, call: HttpCall, context: CallContext): CallStream | undefined;
}

/**
 * One request of the HTTP API.
 *
 *   reading     its body arrives, with a deadline
 *   answering   the method was invoked
 *   ended       the answer is complete, or the client is gone; whatever the method still says is dropped
 */
export class HttpCall implements ExchangeHandler, Timed {
  readonly exchange: Exchange;
  readonly target: Target;
  /** What pages of other origins need in the answer. */
  readonly cors: Headers;
  readonly #method: Method;
  readonly #context: CallContext;
  readonly #body: Body;
  #deadline: Deadline | undefined;
  #stream: CallStream | undefined;
  #ended = false;

  constructor(exchange: Exchange, target: Target, method: Method, context: CallContext) {
    this.exchange = exchange;
    this.target = target;
    this.cors = corsHeaders(exchange, context.config);
    this.#method = method;
    this.#context = context;
    this.#body = new Body(context.requests);
    this.#deadline = context.wheel.schedule(context.config.requestMsMax, this);
  }

  data(chunk: Uint8Array): void {
    this.#context.counts.receivedBytes += chunk.length;
    if (!this.#method.takesBody || this.#ended) return;
    const problem = this.#body.push(chunk);
    if (problem) this.#failUnread(problem);
  }

  requestEnded(): void {
    if (this.#ended) return;
    const body = this.#body.bytes();
    this.#stopReading();
    try {
      this.#stream = this.#method.invoke(body, this, this.#context);
    } catch (error) {
      this.fault(error);
    }
  }

  drained(): void {
    if (!this.#ended) this.#stream?.drained();
  }

  closed(): void {
    this.#over();
    this.#stream?.closed();
  }

  deadlineDue(): void {
    this.#failUnread({
      code: 'deadline-exceeded',
      message: `the request was not complete after ${this.#context.config.requestMsMax} ms`,
    });
  }

  /** Done, nothing to say. */
  answerEmpty(): void {
    if (!this.#over()) return;
    this.exchange.end({ ':status': 204, ...this.cors });
  }

  answer(json: string): void {
    if (!this.#over()) return;
    this.#context.counts.sentBytes += sendJson(this.exchange, 200, json, this.cors);
  }

  fail(problem: Status | HttpProblem): void {
    if (!this.#over()) return;
    this.#context.counts.sentBytes += sendProblem(this.exchange, problem, this.cors);
  }

  /** A mistake of this process: told to the operator in full, to the client not at all. */
  fault(error: unknown): void {
    // Without its query, which may hold a token.
    const path = this.exchange.path.split('?', 1)[0];
    this.#context.log.error({ path, error }, 'a call failed inside the router');
    this.fail({ code: 'internal', message: 'internal error; it was logged by the router' });
  }

  /** Begins an answer that goes on. */
  begin(headers: Headers): void {
    if (!this.#ended) this.exchange.respond({ ':status': 200, ...headers, ...this.cors });
  }

  /** See `Exchange.write`. */
  write(bytes: Uint8Array): boolean {
    if (this.#ended) return true;
    this.#context.counts.sentBytes += bytes.length;
    return this.exchange.write(bytes);
  }

  /** Ends an answer that went on. */
  end(): void {
    if (this.#over()) this.exchange.end({});
  }

  #failUnread(problem: Status): void {
    if (!this.#ended) this.#method.unread?.(problem, this.#context);
    this.fail(problem);
  }

  /** False: it was already. */
  #over(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#stopReading();
    return true;
  }

  #stopReading(): void {
    this.#body.release();
    this.#context.wheel.cancel(this.#deadline);
    this.#deadline = undefined;
  }
}
