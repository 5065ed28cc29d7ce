import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Clock } from '../../../runtime/index.ts';
import type { Deadline, DeadlineWheel, Timed } from '../deadlines.ts';

/**
 * Notices that nobody is at the other end of a connection, and closes it: pings at an interval, and closes when not one
 * byte came from a ping to the next. This also ends a session that broke the protocol: node:http2 says GOAWAY for some
 * errors (an oversized frame is one), reads no further, not even the end of the connection, and tells nobody.
 */
export class Keepalive implements Timed {
  readonly #session: ServerHttp2Session;
  readonly #socket: Socket;
  readonly #wheel: DeadlineWheel;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #deadline: Deadline;
  #dueMs: number;
  /** What had been read at the last ping. */
  #readBytes: number | undefined;

  /** Goes on until the session is closed. */
  constructor(
    session: ServerHttp2Session,
    socket: Socket,
    wheel: DeadlineWheel,
    clock: Clock,
    intervalMs: number,
  ) {
    this.#session = session;
    this.#socket = socket;
    this.#wheel = wheel;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#dueMs = clock.monotonicMs() + intervalMs;
    this.#deadline = wheel.schedule(intervalMs, this);
    session.once('close', () => wheel.cancel(this.#deadline));
  }

  deadlineDue(): void {
    if (this.#session.destroyed) return;
    const nowMs = this.#clock.monotonicMs();
    // Long overdue: this process stood still, and what the client said meanwhile is yet to be read.
    const isJudged = nowMs - this.#dueMs < this.#intervalMs / 2;
    if (isJudged && this.#socket.bytesRead === this.#readBytes) {
      this.#socket.destroy();
      return;
    }
    this.#readBytes = this.#socket.bytesRead;
    this.#session.ping(ignore);
    this.#dueMs = nowMs + this.#intervalMs;
    this.#deadline = this.#wheel.schedule(this.#intervalMs, this);
  }
}

function ignore(): void {}
