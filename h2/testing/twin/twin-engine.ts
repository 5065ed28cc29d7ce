import { performServerHandshake, type ServerSessionOptions } from 'node:http2';
import type { Socket } from 'node:net';
import { nextConnectionId } from '../../connection-id.ts';
import type { Connection, Engine, EngineOwner, Exchange, ExchangeHandler } from '../../engine.ts';
import type { Limits } from '../../limits.ts';
import { type ConnectionHost, TwinConnection } from './connection.ts';

/** What the HTTP/2 library may hold for one connection before it refuses new streams. */
const sessionMebibytesMax = 64;

/** The same contract over node:http2: sockets in, exchanges out. It doesn't ask whether clients are there. */
export class TwinEngine implements Engine, ConnectionHost {
  readonly #owner: EngineOwner;
  readonly #options: ServerSessionOptions;
  readonly #connectionWindowBytes: number;
  readonly #connections = new Set<Connection>();
  #exchanges = 0;

  constructor(owner: EngineOwner, limits: Limits) {
    this.#owner = owner;
    this.#connectionWindowBytes = limits.connectionWindowBytes;
    this.#options = {
      maxSessionMemory: sessionMebibytesMax,
      settings: {
        maxConcurrentStreams: limits.exchangesPerConnectionMax,
        maxHeaderListSize: limits.headerListBytesMax,
        initialWindowSize: limits.receiveWindowBytes,
      },
    };
  }

  accept(socket: Socket): void {
    const session = performServerHandshake(socket, this.#options);
    session.setLocalWindowSize(this.#connectionWindowBytes);
    const connection = new TwinConnection(session, socket, nextConnectionId(), this);
    this.#connections.add(connection);
    // A client that breaks the protocol loses its connection; its `close` is what counts.
    session.on('error', ignore);
    session.once('close', () => {
      this.#connections.delete(connection);
      this.#owner.closed(connection);
    });
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
}

function ignore(): void {}
