import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Exchange, ExchangeHandler, Headers, ResetCause } from '../../engine.ts';
import type { TwinConnection } from './connection.ts';

const causes: Readonly<Record<ResetCause, number>> = {
  refused: constants.NGHTTP2_REFUSED_STREAM,
  protocol: constants.NGHTTP2_PROTOCOL_ERROR,
  internal: constants.NGHTTP2_INTERNAL_ERROR,
};

const withTrailers = { waitForTrailers: true } as const;
const withoutBody = { endStream: true } as const;

/** The stream's listeners are shared by all streams and find their exchange through this property. */
const exchangeKey = Symbol('exchange');
type Attached = ServerHttp2Stream & { [exchangeKey]: TwinExchange };

export class TwinExchange implements Exchange {
  readonly connection: TwinConnection;
  readonly method: string;
  readonly path: string;
  /** Set by the connection right after construction. */
  handler!: ExchangeHandler;
  readonly #stream: ServerHttp2Stream;
  /** Let go when the request is complete: an exchange may stay open for hours. */
  #headers: IncomingHttpHeaders | undefined;
  #requestEnded = false;
  #trailers: Headers | undefined;
  #ended = false;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, connection: TwinConnection) {
    this.connection = connection;
    this.method = headers[':method'] ?? '';
    this.path = headers[':path'] ?? '';
    this.#stream = stream;
    this.#headers = headers;
    (stream as Attached)[exchangeKey] = this;
    stream.on('data', onData);
    stream.on('end', onEnd);
    stream.on('drain', onDrain);
    stream.on('wantTrailers', onWantTrailers);
    stream.on('close', onClose);
    // Said again by `close`.
    stream.on('error', ignore);
  }

  header(name: string): string | undefined {
    const value = this.#headers?.[name];
    return Array.isArray(value) ? value[0] : value;
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  respond(headers: Headers): void {
    if (this.#gone()) return;
    this.#stream.respond(headers, withTrailers);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#gone()) return true;
    return this.#stream.write(bytes);
  }

  end(trailers: Headers): void {
    if (this.#gone()) return;
    this.#ended = true;
    if (this.#stream.headersSent) {
      this.#trailers = trailers;
      this.#stream.end();
    } else {
      this.#stream.respond(trailers, withoutBody);
      this.#stopRequest();
    }
  }

  reset(cause: ResetCause): void {
    if (!this.#gone()) this.#stream.close(causes[cause]);
  }

  #gone(): boolean {
    return this.#ended || this.#stream.closed || this.#stream.destroyed;
  }

  /** RFC 9113 section 8.1: a complete response may be followed by a reset without error, to end a request early. */
  #stopRequest(): void {
    if (this.#requestEnded) return;
    this.#stream.resume();
    this.#stream.close(constants.NGHTTP2_NO_ERROR);
  }

  // From here on: called by the listeners below.

  received(chunk: Uint8Array): void {
    if (!this.#ended && chunk.length > 0) this.handler.data(chunk);
  }

  requestComplete(): void {
    // The stream is also ended by a reset; then the request is not complete.
    if (this.#stream.aborted) return;
    this.#requestEnded = true;
    if (!this.#ended) this.handler.requestEnded();
    this.#headers = undefined;
  }

  sendTrailers(): void {
    this.#stream.sendTrailers(this.#trailers ?? {});
    // A reset in the same turn would go before the trailers, and in their place.
    setImmediate(() => this.#stopRequest());
  }

  streamClosed(): void {
    this.#headers = undefined;
    this.connection.exchangeClosed(this.#stream.aborted);
    this.handler.closed();
  }
}

function onData(this: Attached, chunk: Buffer): void {
  this[exchangeKey].received(chunk);
}

function onEnd(this: Attached): void {
  this[exchangeKey].requestComplete();
}

function onDrain(this: Attached): void {
  this[exchangeKey].handler.drained();
}

function onWantTrailers(this: Attached): void {
  this[exchangeKey].sendTrailers();
}

function onClose(this: Attached): void {
  this[exchangeKey].streamClosed();
}

function ignore(): void {}
