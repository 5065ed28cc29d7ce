import { performServerHandshake, type ServerSessionOptions } from 'node:http2';
import type { Socket } from 'node:net';
import {
  type Connection,
  type Engine,
  type EngineOwner,
  type Exchange,
  type ExchangeHandler,
  nextConnectionId,
} from '../../../h2/index.ts';
import type { Clock } from '../../../runtime/index.ts';
import type { DeadlineWheel } from '../deadlines.ts';
import { type ConnectionHost, Http2Connection } from './connection.ts';
import { Keepalive } from './keepalive.ts';

export interface Http2Settings {
  /** SETTINGS_MAX_CONCURRENT_STREAMS. */
  readonly exchangesPerConnectionMax: number;
  readonly headerListBytesMax: number;
  readonly sessionMebibytesMax: number;
  readonly receiveWindowBytes: number;
  readonly connectionWindowBytes: number;
  readonly pingIntervalMs: number;
}

/** Sockets in, exchanges out. */
export class Http2Engine implements Engine, ConnectionHost {
  readonly #owner: EngineOwner;
  readonly #clock: Clock;
  readonly #wheel: DeadlineWheel;
  readonly #options: ServerSessionOptions;
  readonly #connectionWindowBytes: number;
  readonly #pingIntervalMs: number;
  readonly #connections = new Set<Connection>();
  #exchanges = 0;

  constructor(owner: EngineOwner, settings: Http2Settings, wheel: DeadlineWheel, clock: Clock) {
    this.#owner = owner;
    this.#clock = clock;
    this.#wheel = wheel;
    this.#connectionWindowBytes = settings.connectionWindowBytes;
    this.#pingIntervalMs = settings.pingIntervalMs;
    this.#options = {
      maxSessionMemory: settings.sessionMebibytesMax,
      settings: {
        maxConcurrentStreams: settings.exchangesPerConnectionMax,
        maxHeaderListSize: settings.headerListBytesMax,
        initialWindowSize: settings.receiveWindowBytes,
      },
    };
  }

  accept(socket: Socket): void {
    const session = performServerHandshake(socket, this.#options);
    session.setLocalWindowSize(this.#connectionWindowBytes);
    const connection = new Http2Connection(session, socket, nextConnectionId(), this);
    this.#connections.add(connection);
    new Keepalive(session, socket, this.#wheel, this.#clock, this.#pingIntervalMs);
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

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  opened(exchange: Exchange): ExchangeHandler {
    this.#exchanges += 1;
    return this.#owner.exchange(exchange);
  }

  closed(): void {
    this.#exchanges -= 1;
  }
}

function ignore(): void {}
