import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type {
  Engine,
  EngineOwner,
  Exchange,
  ExchangeHandler,
  LimitHit,
} from '../../../h2/index.ts';
import type { Deadline, DeadlineWheel, Timed } from '../deadlines.ts';
import { type ConnectionHost, Http1Connection } from './connection.ts';

export interface Http1Settings {
  readonly headerListBytesMax: number;
  /** Header fields of one request. */
  readonly http1HeadersMax: number;
  readonly http1HeadersMsMax: number;
  readonly http1IdleMsMax: number;
  readonly http1PipelinedMax: number;
  readonly http1LingerMsMax: number;
  readonly unreadBytesMax: number;
  readonly stalledMsMax: number;
  readonly sweepMs: number;
}

/**
 * Sockets in, exchanges out, over node:http, which parses. Its own timers are off: they run only on servers that listen
 * themselves, and connections are timed here by the clock that all of the edge has. Clients that don't read are ended as those of
 * HTTP/2 are.
 */
export class Http1Engine implements Engine, ConnectionHost, Timed {
  readonly settings: Http1Settings;
  readonly wheel: DeadlineWheel;
  readonly #owner: EngineOwner;
  readonly #server: Server;
  readonly #connections = new Set<Http1Connection>();
  readonly #bySocket = new WeakMap<Socket, Http1Connection>();
  #exchanges = 0;
  /** While there are connections. */
  #sweep: Deadline | undefined;

  constructor(owner: EngineOwner, settings: Http1Settings, wheel: DeadlineWheel) {
    this.#owner = owner;
    this.settings = settings;
    this.wheel = wheel;
    this.#server = createServer(
      { maxHeaderSize: settings.headerListBytesMax, keepAliveTimeout: 0 },
      (request, response) => this.#request(request, response),
    );
    this.#server.maxHeadersCount = settings.http1HeadersMax;
  }

  /** The socket's client is about to say, or has said, an HTTP/1 request. */
  accept(socket: Socket): void {
    const connection = new Http1Connection(socket, this);
    this.#connections.add(connection);
    this.#bySocket.set(socket, connection);
    socket.once('close', () => {
      this.#connections.delete(connection);
      connection.socketClosed();
      if (this.#connections.size === 0) this.#stopSweep();
      this.#owner.closed(connection);
    });
    this.#sweep ??= this.wheel.schedule(this.settings.sweepMs, this);
    this.#server.emit('connection', socket);
  }

  connections(): ReadonlySet<Http1Connection> {
    return this.#connections;
  }

  get exchanges(): number {
    return this.#exchanges;
  }

  // For the connections of this engine.

  opened(exchange: Exchange): ExchangeHandler {
    this.#exchanges += 1;
    return this.#owner.exchange(exchange);
  }

  closed(): void {
    this.#exchanges -= 1;
  }

  fault(error: unknown): void {
    this.#owner.fault?.(error);
  }

  /** Looks who doesn't read. After this process stood still, no time has passed for clients. */
  deadlineDue(): void {
    const { sweepMs, stalledMsMax, unreadBytesMax } = this.settings;
    this.#sweep = this.wheel.schedule(sweepMs, this);
    let unreadBytes = 0;
    for (const connection of this.#connections) {
      if (connection.stalledMs(sweepMs) > stalledMsMax) {
        this.#end(connection, 'stalled-connection');
      } else unreadBytes += connection.unreadBytes;
    }
    if (unreadBytes > unreadBytesMax) this.#makeRoom(unreadBytes);
  }

  /** Ends the connections with the most bytes that nobody reads, until all have as few as they may. */
  #makeRoom(unreadBytes: number): void {
    let left = unreadBytes;
    const all = [...this.#connections].map((each) => ({ each, bytes: each.unreadBytes }));
    all.sort((one, other) => other.bytes - one.bytes);
    for (const { each, bytes } of all) {
      if (left <= this.settings.unreadBytesMax) return;
      left -= bytes;
      this.#end(each, 'unread');
    }
  }

  #end(connection: Http1Connection, why: LimitHit): void {
    connection.close();
    this.#owner.limitHit?.(why);
  }

  #stopSweep(): void {
    this.wheel.cancel(this.#sweep);
    this.#sweep = undefined;
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    this.#bySocket.get(request.socket)?.request(request, response);
  }
}
