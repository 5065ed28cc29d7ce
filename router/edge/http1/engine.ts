import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type {
  Connection,
  Engine,
  EngineOwner,
  Exchange,
  ExchangeHandler,
} from '../../../h2/index.ts';
import type { DeadlineWheel } from '../deadlines.ts';
import { type ConnectionHost, Http1Connection } from './connection.ts';

export interface Http1Settings {
  readonly headerListBytesMax: number;
  /** Header fields of one request. */
  readonly http1HeadersMax: number;
  readonly http1HeadersMsMax: number;
  readonly http1IdleMsMax: number;
  readonly http1PipelinedMax: number;
  readonly http1LingerMsMax: number;
}

/**
 * Sockets in, exchanges out, over node:http, which parses. Its own timers are off: they run only on servers that listen
 * themselves, and connections are timed here by the clock that all of the edge has.
 */
export class Http1Engine implements Engine, ConnectionHost {
  readonly settings: Http1Settings;
  readonly wheel: DeadlineWheel;
  readonly #owner: EngineOwner;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  readonly #bySocket = new WeakMap<Socket, Http1Connection>();
  #exchanges = 0;

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
      this.#owner.closed(connection);
    });
    this.#server.emit('connection', socket);
  }

  connections(): ReadonlySet<Connection> {
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

  #request(request: IncomingMessage, response: ServerResponse): void {
    this.#bySocket.get(request.socket)?.request(request, response);
  }
}
