import type { Socket } from 'node:net';
import { type ConnectionHost, type Runs, ServerConnection } from '../connection/index.ts';
import type { Exchange, ExchangeHandler } from '../engine.ts';
import { errorCodes } from '../frames/index.ts';
import type { LimitHit, Limits } from '../limits.ts';

/** What wires need of their engine. */
export interface WireHost {
  readonly limits: Limits;
  readonly runs: Runs;
  /** Our SETTINGS, and the connection's window. */
  readonly greeting: Uint8Array;
  nowMs(): number;
  /** `flush` is to be called when the turn is over. */
  flushSoon(wire: Wire): void;
  exchange(exchange: Exchange): ExchangeHandler;
  exchangeClosed(): void;
  closed(wire: Wire): void;
  fault(error: unknown): void;
  limitHit(limit: LimitHit): void;
}

/** The listeners are shared by all sockets and find their wire through this property. */
const wireKey = Symbol('wire');
type Wired = Socket & { [wireKey]: Wire };

/** What a connection's next deadline is about. */
type Awaits = 'ping' | 'goaway heard' | 'hang up';

/**
 * Moves bytes between a socket and a connection: all that was said in a turn is written at once, and nothing while the
 * socket still has enough. Whatever goes wrong in here ends this connection and concerns no other.
 */
export class Wire implements ConnectionHost {
  readonly connection: ServerConnection;
  readonly #socket: Socket;
  readonly #host: WireHost;
  /** `flush` was asked for. */
  isDue = false;
  #isHangingUp = false;
  /** The socket was ended or closed; writes would be for nothing. */
  #isShut = false;
  #awaits: Awaits = 'ping';
  #deadlineMs: number;
  /** For a client that has to read before it can hang up. */
  #waitsUntilMs = 0;
  /** Something was read since the last ping; undefined before the first. */
  #wasHeard: boolean | undefined;

  constructor(socket: Socket, id: number, host: WireHost) {
    this.#socket = socket;
    this.#host = host;
    this.#deadlineMs = host.nowMs() + host.limits.pingIntervalMs;
    const remote = `${socket.remoteAddress}:${socket.remotePort}`;
    this.connection = new ServerConnection(id, remote, this, host.runs, host.limits);
    this.connection.sending.frame(host.greeting);
    (socket as Wired)[wireKey] = this;
    socket.on('data', onData);
    socket.on('drain', onDrain);
    socket.on('end', onEnd);
    // Said again by `close`.
    socket.on('error', ignore);
    socket.on('close', onClose);
  }

  // For the engine.

  /** What waits for the client to read it, and what of the client's waits for handlers. */
  get unreadBytes(): number {
    // Ended for a mistake: gone in a moment, and with it all that it has.
    if (this.#isHangingUp && this.#waitsUntilMs === 0) return 0;
    return this.connection.unreadBytes + this.#socket.writableLength;
  }

  /** Writes what there is, and tells handlers what has ended. */
  flush(): void {
    this.isDue = false;
    this.#write();
    this.connection.sent();
    this.#write();
    // What the client says before it hangs up, too, is still read: closed with something unread, it would see a reset.
    if (this.#isHangingUp && this.connection.sending.isEmpty) this.#shut().end();
  }

  /** Called every now and then: does what is due. @param passedMs since it was called last */
  sweep(nowMs: number, passedMs: number): void {
    this.connection.pass(passedMs);
    if (nowMs < this.#deadlineMs) return;
    const { pingIntervalMs, lingerMsMax } = this.#host.limits;
    switch (this.#awaits) {
      case 'ping':
        // Long overdue: this process stood still, and what the client said meanwhile is yet to be read.
        if (this.#wasHeard === false && nowMs - this.#deadlineMs < pingIntervalMs / 2) {
          return this.cut();
        }
        this.#wasHeard = false;
        this.#deadlineMs = nowMs + pingIntervalMs;
        return this.connection.ping();
      case 'goaway heard':
        this.#await('ping', pingIntervalMs, nowMs);
        return this.connection.goawayOverdue();
      case 'hang up':
        this.#deadlineMs = nowMs + lingerMsMax;
        // A client that reads slowly: the last word isn't on its way yet.
        if (this.#socket.writableLength > 0 && nowMs < this.#waitsUntilMs) return;
        return this.cut();
    }
  }

  // For the connection.

  sendSoon(): void {
    if (this.isDue) return;
    this.isDue = true;
    this.#host.flushSoon(this);
  }

  sendNow(): void {
    this.#write();
    this.sendSoon();
  }

  exchange(exchange: Exchange): ExchangeHandler {
    return this.#host.exchange(exchange);
  }

  exchangeClosed(): void {
    this.#host.exchangeClosed();
  }

  departing(): void {
    this.#await('goaway heard', this.#host.limits.goawayMsMax, this.#host.nowMs());
  }

  hangUp(inPeace: boolean): void {
    const { lingerMsMax, pingIntervalMs } = this.#host.limits;
    const nowMs = this.#host.nowMs();
    this.#isHangingUp = true;
    if (inPeace) this.#waitsUntilMs = nowMs + pingIntervalMs;
    this.#await('hang up', lingerMsMax, nowMs);
    this.sendSoon();
  }

  /** The socket alone: a GOAWAY would look like a planned end. */
  cut(): void {
    this.#shut().destroy();
  }

  // For the socket.

  read(chunk: Uint8Array): void {
    this.#wasHeard = true;
    try {
      this.connection.receive(chunk);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The socket takes bytes again. */
  drained(): void {
    try {
      this.connection.sending.unblock();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The client says nothing more, and hears nothing more. */
  ended(): void {
    this.#shut().destroySoon();
  }

  closed(): void {
    this.#shut();
    this.connection.lost();
    this.#host.closed(this);
  }

  fault(error: unknown): void {
    this.#host.fault(error);
  }

  limitHit(limit: LimitHit): void {
    this.#host.limitHit(limit);
  }

  #failed(error: unknown): void {
    this.fault(error);
    this.connection.fail(errorCodes.internalError, 'the server made a mistake');
  }

  #write(): void {
    const { sending } = this.connection;
    const socket = this.#socket;
    if (!sending.ready || this.#isShut) return;
    const run = sending.take();
    if (run === undefined) return;
    socket.write(run.bytes());
    if (socket.writableLength > 0 && socket.writableNeedDrain) sending.block();
  }

  #shut(): Socket {
    this.#isShut = true;
    return this.#socket;
  }

  #await(what: Awaits, ms: number, nowMs: number): void {
    this.#awaits = what;
    this.#deadlineMs = nowMs + ms;
  }
}

function onData(this: Wired, chunk: Uint8Array): void {
  this[wireKey].read(chunk);
}

function onDrain(this: Wired): void {
  this[wireKey].drained();
}

function onEnd(this: Wired): void {
  this[wireKey].ended();
}

function onClose(this: Wired): void {
  this[wireKey].closed();
}

function ignore(): void {}
