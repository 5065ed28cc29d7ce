import type { Exchange, ExchangeHandler, Headers, ResetCause } from '../engine.ts';
import { type ErrorCode, errorCodes } from '../frames/index.ts';
import type { RequestBody } from './request-body.ts';
import type { Sending, Unsent } from './sending.ts';
import type { ServerConnection } from './server-connection.ts';

const causes: Readonly<Record<ResetCause, ErrorCode>> = {
  refused: errorCodes.refusedStream,
  protocol: errorCodes.protocolError,
  internal: errorCodes.internalError,
};

const nobody: ExchangeHandler = { data() {}, requestEnded() {}, drained() {}, closed() {} };

/**
 * One stream of a server (RFC 9113 section 5.1), which begins with a request. `request` is there until the handler has all
 * of it, `isOver` says that our side has said its last word:
 *
 *   open                 request, not over
 *   half-closed remote   no request, not over
 *   half-closed local    request, over: only until the turn ends, as the rest of the request is passed over
 *   closed               over; `closed` is told when what was said is on its way
 *
 * There may be a hundred thousand of these, most of them idle: it has no collection, no closure and no timer.
 */
export class Stream implements Exchange {
  readonly connection: ServerConnection;
  /** The connection's, at hand: every delivery needs it. */
  readonly #sending: Sending;
  readonly id: number;
  readonly method: string;
  readonly path: string;
  /** Who is told; nobody until the owner has answered. */
  handler: ExchangeHandler = nobody;
  /** The request, until the handler was told its end. */
  request: RequestBody | undefined;
  /** Nothing more is sent but what was said already. */
  isOver = false;
  #isResponded = false;
  #isClosed = false;
  #trailers: Headers | undefined;

  // Of `Sending`.
  window: number;
  unsent: Unsent | undefined;
  /** A `write` returned false. */
  owesDrained = false;
  inLine = false;
  beforeInLine: Stream | undefined;
  nextInLine: Stream | undefined;

  constructor(
    connection: ServerConnection,
    id: number,
    method: string,
    path: string,
    request: RequestBody,
  ) {
    this.connection = connection;
    this.#sending = connection.sending;
    this.id = id;
    this.method = method;
    this.path = path;
    this.request = request;
    this.window = connection.sending.streamWindow;
  }

  header(name: string): string | undefined {
    return this.request?.header(name);
  }

  pause(): void {
    if (this.request) this.request.isPaused = true;
  }

  resume(): void {
    if (this.request?.isPaused) this.connection.resume(this, this.request);
  }

  respond(headers: Headers): void {
    if (this.isOver || this.#trailers) return;
    this.#isResponded = true;
    this.connection.headers(this, headers, false);
  }

  write(bytes: Uint8Array): boolean {
    if (this.isOver || this.#trailers) return true;
    return this.#sending.write(this, bytes);
  }

  end(trailers: Headers): void {
    if (this.isOver || this.#trailers) return;
    this.#trailers = trailers;
    this.#sending.endWhenSent(this);
  }

  reset(cause: ResetCause): void {
    if (!this.isOver) this.connection.resetStream(this, causes[cause]);
  }

  // For the connection.

  /** What is written waits, and the trailers with it. */
  get isEnding(): boolean {
    return this.#trailers !== undefined;
  }

  /** Whether the handler still wants to hear of the request. */
  get isHeard(): boolean {
    return !this.isOver && this.#trailers === undefined;
  }

  /** All that was written is on its way. */
  sendEnd(): void {
    const trailers = this.#trailers as Headers;
    if (this.#isResponded && isEmpty(trailers)) this.#sending.endOfData(this.id);
    else this.connection.headers(this, trailers, true);
    this.connection.responded(this);
  }

  drained(): void {
    if (this.isHeard) this.handler.drained();
  }

  /** Nothing more is sent, not even what waits. */
  giveUp(): void {
    this.isOver = true;
    this.#sending.drop(this);
    this.owesDrained = false;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.giveUp();
    this.request = undefined;
    this.handler.closed();
  }
}

function isEmpty(headers: Headers): boolean {
  for (const _ in headers) return false;
  return true;
}
