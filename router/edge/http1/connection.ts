import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import {
  type Connection,
  type Exchange,
  type ExchangeHandler,
  nextConnectionId,
} from '../../../h2/index.ts';
import type { Deadline, DeadlineWheel, Timed } from '../deadlines.ts';
import type { Http1Settings } from './engine.ts';
import { Http1Exchange } from './exchange.ts';

/** What connections need of their engine. */
export interface ConnectionHost {
  readonly settings: Http1Settings;
  readonly wheel: DeadlineWheel;
  opened(exchange: Exchange): ExchangeHandler;
  closed(): void;
  fault(error: unknown): void;
}

/**
 * - idle: no exchange is open. Closed after `http1IdleMsMax`, or when a request begins and its headers take longer than
 *   `http1HeadersMsMax`.
 * - busy: exchanges are open, more than one when the client pipelines.
 * - going away: takes no more; closes itself with the last exchange, whose answer says so if it isn't out yet.
 * - closed: nothing is called any more.
 */
export class Http1Connection implements Connection, Timed {
  readonly id = nextConnectionId();
  readonly remote: string;
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  readonly #exchanges = new Set<Http1Exchange>();
  #goingAway = false;
  /** While idle. */
  #deadline: Deadline | undefined;
  #idleMs = 0;
  /** What had been read when it became idle or was last looked at. */
  #readBytes = 0;
  /** What the socket had taken when it was last looked at, and for how long it takes nothing. */
  #takenBytes = 0;
  #stalledMs = 0;
  #closed = false;

  constructor(socket: Socket, host: ConnectionHost) {
    this.remote = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#socket = socket;
    this.#host = host;
    this.#idle();
    // Its first request has begun: that is how it is known to be of HTTP/1.
    this.#readBytes = 0;
  }

  get exchanges(): number {
    return this.#exchanges.size;
  }

  get goingAway(): boolean {
    return this.#goingAway;
  }

  /** What waits for the client to read it. */
  get unreadBytes(): number {
    if (this.#socket.destroyed) return 0;
    let bytes = this.#socket.writableLength;
    for (const exchange of this.#exchanges) bytes += exchange.heldBytes;
    return bytes;
  }

  get wheel(): DeadlineWheel {
    return this.#host.wheel;
  }

  get lingerMsMax(): number {
    return this.#host.settings.http1LingerMsMax;
  }

  goaway(): void {
    this.#goingAway = true;
    if (this.#exchanges.size === 0) this.#socket.destroySoon();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** For how long the client has read nothing of what waits. @param passedMs since it was asked last */
  stalledMs(passedMs: number): number {
    const { writableLength, bytesWritten, destroyed } = this.#socket;
    const takenBytes = bytesWritten - writableLength;
    const isStalled = writableLength > 0 && takenBytes === this.#takenBytes && !destroyed;
    this.#stalledMs = isStalled ? this.#stalledMs + passedMs : 0;
    this.#takenBytes = takenBytes;
    return this.#stalledMs;
  }

  /** Its next request; one over the bound of those in line ends the connection. */
  request(request: IncomingMessage, response: ServerResponse): void {
    this.#busy();
    if (this.#exchanges.size >= this.#host.settings.http1PipelinedMax) return this.close();
    const exchange = new Http1Exchange(request, response, this);
    this.#exchanges.add(exchange);
    exchange.handler = this.#host.opened(exchange);
    exchange.begin();
  }

  /** For the exchanges of this connection. */
  exchangeClosed(exchange: Http1Exchange): void {
    this.#exchanges.delete(exchange);
    this.#host.closed();
    if (this.#exchanges.size > 0 || this.#closed) return;
    if (this.#goingAway) this.#socket.destroySoon();
    else this.#idle();
  }

  /** The same: a handler threw. */
  fault(error: unknown): void {
    this.#host.fault(error);
    this.close();
  }

  socketClosed(): void {
    this.#closed = true;
    this.#busy();
    for (const exchange of this.#exchanges) exchange.over();
  }

  /** Idle for another while: too long, or in the middle of headers that don't come. */
  deadlineDue(): void {
    const { http1HeadersMsMax, http1IdleMsMax } = this.#host.settings;
    const isSpeaking = this.#socket.bytesRead !== this.#readBytes;
    this.#idleMs += http1HeadersMsMax;
    if (isSpeaking || this.#idleMs >= http1IdleMsMax) this.#socket.destroy();
    else this.#deadline = this.wheel.schedule(http1HeadersMsMax, this);
  }

  #idle(): void {
    this.#idleMs = 0;
    this.#readBytes = this.#socket.bytesRead;
    this.#deadline = this.wheel.schedule(this.#host.settings.http1HeadersMsMax, this);
  }

  #busy(): void {
    this.wheel.cancel(this.#deadline);
    this.#deadline = undefined;
  }
}
