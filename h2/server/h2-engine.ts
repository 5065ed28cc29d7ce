import type { Socket } from 'node:net';
import { Runs } from '../connection/index.ts';
import { nextConnectionId } from '../connection-id.ts';
import type { Connection, Engine, EngineOwner, Exchange, ExchangeHandler } from '../engine.ts';
import {
  initialWindowBytes,
  settingIds,
  settingsFrame,
  windowUpdateFrame,
} from '../frames/index.ts';
import type { LimitHit, Limits } from '../limits.ts';
import { Wire, type WireHost } from './wire.ts';

/** Time, as the engine needs it. */
export interface EngineClock {
  /** Milliseconds that only go up. */
  monotonicMs(): number;
  /** Runs `action` every `intervalMs` until the answer is called. */
  every(intervalMs: number, action: () => void): () => void;
}

/** HTTP/2 over sockets: `server-connection.ts` for each, one timer and one flush a turn for all of them. */
export class H2Engine implements Engine, WireHost {
  readonly limits: Limits;
  readonly runs = new Runs();
  readonly greeting: Uint8Array;
  readonly #owner: EngineOwner;
  readonly #clock: EngineClock;
  readonly #connections = new Set<Connection>();
  readonly #wires = new Set<Wire>();
  /** Wires that have something to send at the end of this turn. */
  #due: Wire[] = [];
  #exchanges = 0;
  #sweptMs = 0;
  #stopSweep: (() => void) | undefined;

  constructor(owner: EngineOwner, limits: Limits, clock: EngineClock) {
    this.#owner = owner;
    this.limits = limits;
    this.#clock = clock;
    this.greeting = greetingOf(limits);
  }

  accept(socket: Socket): void {
    const wire = new Wire(socket, nextConnectionId(), this);
    this.#wires.add(wire);
    this.#connections.add(wire.connection);
    this.#stopSweep ??= this.#clock.every(this.limits.sweepMs, () => this.#sweep());
  }

  connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  get exchanges(): number {
    return this.#exchanges;
  }

  // For the wires.

  nowMs(): number {
    return this.#clock.monotonicMs();
  }

  flushSoon(wire: Wire): void {
    if (this.#due.length === 0) setImmediate(this.#flush);
    this.#due.push(wire);
  }

  exchange(exchange: Exchange): ExchangeHandler {
    this.#exchanges += 1;
    return this.#owner.exchange(exchange);
  }

  exchangeClosed(): void {
    this.#exchanges -= 1;
  }

  closed(wire: Wire): void {
    if (!this.#wires.delete(wire)) return;
    this.#connections.delete(wire.connection);
    if (this.#wires.size === 0) {
      this.#stopSweep?.();
      this.#stopSweep = undefined;
    }
    this.#owner.closed(wire.connection);
  }

  fault(error: unknown): void {
    this.#owner.fault?.(error);
  }

  limitHit(limit: LimitHit): void {
    this.#owner.limitHit?.(limit);
  }

  readonly #flush = (): void => {
    const due = this.#due;
    this.#due = [];
    for (const wire of due) wire.flush();
    this.runs.forget();
  };

  #sweep(): void {
    const nowMs = this.#clock.monotonicMs();
    // After this process stood still, clients are not blamed for it.
    const passedMs = Math.min(nowMs - this.#sweptMs, 2 * this.limits.sweepMs);
    this.#sweptMs = nowMs;
    let unreadBytes = 0;
    for (const wire of this.#wires) {
      wire.sweep(nowMs, passedMs);
      unreadBytes += wire.unreadBytes;
    }
    if (unreadBytes > this.limits.unreadBytesMax) this.#makeRoom(unreadBytes);
  }

  /** Ends the connections with the most bytes that nobody reads, until all have as few as they may. */
  #makeRoom(unreadBytes: number): void {
    let left = unreadBytes;
    const wires = [...this.#wires].map((wire) => ({ wire, bytes: wire.unreadBytes }));
    wires.sort((one, other) => other.bytes - one.bytes);
    for (const { wire, bytes } of wires) {
      if (left <= this.limits.unreadBytesMax) return;
      left -= bytes;
      wire.connection.expel('unread');
    }
  }
}

/** RFC 9113 section 3.4, and more room for the connection than the 65,535 bytes it begins with. */
function greetingOf(limits: Limits): Uint8Array {
  const settings = settingsFrame([
    [settingIds.headerTableSize, limits.headerTableBytesMax],
    [settingIds.maxConcurrentStreams, limits.exchangesPerConnectionMax],
    [settingIds.initialWindowSize, limits.receiveWindowBytes],
    [settingIds.maxHeaderListSize, limits.headerListBytesMax],
  ]);
  const more = limits.connectionWindowBytes - initialWindowBytes;
  return more > 0 ? Buffer.concat([settings, windowUpdateFrame(0, more)]) : settings;
}
