import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange, ExchangeHandler, Headers, ResetCause } from '../../../h2/index.ts';
import type { Deadline, Timed } from '../deadlines.ts';
import type { Http1Connection } from './connection.ts';

/**
 * One request of HTTP/1 and its response. The only thing that HTTP/2 has and it lacks is a way to end a request early:
 * see `#finish`.
 */
export class Http1Exchange implements Exchange, Timed {
  readonly connection: Http1Connection;
  readonly method: string;
  readonly path: string;
  /** Set by the connection right after construction. */
  handler!: ExchangeHandler;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #lingering: Deadline | undefined;
  #requestEnded = false;
  #ended = false;
  #closed = false;

  constructor(request: IncomingMessage, response: ServerResponse, connection: Http1Connection) {
    this.connection = connection;
    this.method = request.method ?? '';
    this.path = request.url ?? '';
    this.#request = request;
    this.#response = response;
  }

  /** Of the response, before it is its turn to be written to the socket. */
  get heldBytes(): number {
    return this.#response.socket ? 0 : this.#response.writableLength;
  }

  /** The handler is there: what the client says can be passed on. */
  begin(): void {
    this.#request.on('data', (chunk: Buffer) => {
      if (!this.#ended && chunk.length > 0) this.#tell(() => this.handler.data(chunk));
    });
    this.#request.once('end', () => this.#requestComplete());
    this.#request.on('error', ignore);
    this.#response.on('error', ignore);
    this.#response.on('drain', () => {
      if (!this.#ended) this.#tell(() => this.handler.drained());
    });
    this.#response.once('close', () => this.over());
  }

  /** For the connection, too: a response that waits for those before it hears nothing of the socket's end. */
  over(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.connection.wheel.cancel(this.#lingering);
    this.connection.exchangeClosed(this);
    this.#tell(() => this.handler.closed());
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  pause(): void {
    this.#request.pause();
  }

  resume(): void {
    this.#request.resume();
  }

  respond(headers: Headers): void {
    if (this.#gone()) return;
    const { ':status': status, ...fields } = headers;
    const isEarly = !this.#requestEnded && hasBody(this.#request);
    const isLast = this.connection.goingAway || isEarly;
    const ending = isLast ? { connection: 'close' } : {};
    this.#response.writeHead(Number(status), { ...fields, ...ending });
    this.#response.flushHeaders();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#gone()) return true;
    return this.#response.write(bytes);
  }

  end(trailers: Headers): void {
    if (this.#gone()) return;
    if (!this.#response.headersSent) this.respond(withoutBody(trailers));
    else if (Object.keys(trailers).length > 0) this.#response.addTrailers(texts(trailers));
    this.#ended = true;
    this.#finish();
  }

  reset(_cause: ResetCause): void {
    if (!this.#gone()) this.connection.close();
  }

  /** The client doesn't read the rest of its answer because it is still sending. */
  deadlineDue(): void {
    this.#response.end();
  }

  /**
   * After an early answer the connection closes. The rest of the request is read for a while before that: a client that
   * still sends would lose the answer to the reset that unread bytes cause.
   */
  #finish(): void {
    if (this.#requestEnded) {
      this.#response.end();
      return;
    }
    this.#request.resume();
    this.#lingering = this.connection.wheel.schedule(this.connection.lingerMsMax, this);
  }

  #requestComplete(): void {
    this.#requestEnded = true;
    if (!this.#ended) return this.#tell(() => this.handler.requestEnded());
    this.connection.wheel.cancel(this.#lingering);
    this.#response.end();
  }

  /** What a handler does wrong concerns this connection and no other. */
  #tell(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.connection.fault(error);
    }
  }

  #gone(): boolean {
    return this.#ended || this.#closed || this.#response.destroyed;
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return (headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined;
}

/** An answer whose length isn't said would end with the connection or in chunks. */
function withoutBody(headers: Headers): Headers {
  const status = Number(headers[':status']);
  const mayNotSay = status === 204 || status === 304 || 'content-length' in headers;
  return mayNotSay ? headers : { ...headers, 'content-length': 0 };
}

function texts(headers: Headers): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function ignore(): void {}
