import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Connection, Exchange, ExchangeHandler } from '../../engine.ts';
import { TwinExchange } from './exchange.ts';
import { ResetAllowance } from './reset-allowance.ts';

/** What connections need of their engine. */
export interface ConnectionHost {
  opened(exchange: Exchange): ExchangeHandler;
  closed(): void;
}

/**
 * A session of node:http2.
 *
 * - open: takes exchanges.
 * - going away: takes none; closes itself with the last one. Begun by `goaway`, by the client's GOAWAY, or by too many
 *   resets.
 * - closed: nothing is called any more.
 */
export class TwinConnection implements Connection {
  readonly id: number;
  readonly remote: string;
  readonly #session: ServerHttp2Session;
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  readonly #resets = new ResetAllowance();
  #exchanges = 0;

  constructor(session: ServerHttp2Session, socket: Socket, id: number, host: ConnectionHost) {
    this.id = id;
    this.remote = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#session = session;
    this.#socket = socket;
    this.#host = host;
    session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      this.#exchanges += 1;
      const exchange = new TwinExchange(stream, headers, this);
      exchange.handler = host.opened(exchange);
    });
  }

  get exchanges(): number {
    return this.#exchanges;
  }

  goaway(): void {
    if (!this.#session.closed) this.#session.close();
  }

  /** The socket and not the session, which would first send a GOAWAY that looks like a planned end. */
  close(): void {
    this.#socket.destroy();
  }

  /** For the exchanges of this connection. `reset`: by the client, while the response was open. */
  exchangeClosed(reset: boolean): void {
    this.#exchanges -= 1;
    this.#host.closed();
    if (reset && !this.#resets.take(performance.now())) this.goaway();
  }
}
