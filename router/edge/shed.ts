import type { Cancel, Clock } from '../../runtime/index.ts';
import type { EdgeConfig } from './config.ts';
import type { Connection } from './engine.ts';
import { paceStep } from './pace.ts';
import { StreamQueue } from './stream-queue.ts';
import type { Stream, Streams } from './streams.ts';

/** Before the first stream is ended: storage nodes mark topics, and tell other routers, within this time. */
const markMs = 100;
/** Storage nodes expect clients that can't say where they were for 5 s. */
const markAgainMs = 3_000;

/** The connections to move: of those that hold streams, the ones that are open for longest. */
export function oldestConnections(
  streams: Iterable<Stream>,
  count: number,
  except: (connection: Connection) => boolean,
): ReadonlySet<Connection> {
  const holding = new Set<Connection>();
  for (const { connection } of streams) if (!except(connection)) holding.add(connection);
  const byAge = [...holding].sort((one, other) => one.id - other.id);
  return new Set(byAge.slice(0, count));
}

export interface ShedOptions {
  readonly streams: Streams;
  /** Those to move. */
  readonly connections: ReadonlySet<Connection>;
  readonly withinMs: number;
  readonly clock: Clock;
  readonly config: EdgeConfig;
  /** Clients that can't say where they were are about to be sent away. */
  readonly leaving: () => void;
}

/**
 * Moves some clients elsewhere while the edge goes on: connection by connection, GOAWAY, its streams ended with OK, spread
 * over the time; calls in progress finish, then the connection closes. Nobody is cut: a client that reads nothing keeps
 * its connection, on which nothing more can be opened.
 */
export class Shed {
  readonly #options: ShedOptions;
  readonly #queue: StreamQueue;
  readonly #stop: Cancel;
  #startMs: number;
  #markedMs: number | undefined;
  #carry = 0;
  #over = false;

  constructor(options: ShedOptions) {
    this.#options = options;
    const { streams, connections, clock, config } = options;
    this.#queue = new StreamQueue(streams, (connection) => connections.has(connection));
    this.#startMs = clock.monotonicMs();
    if (this.#mark()) this.#startMs += markMs;
    this.#stop = clock.every(config.drainStepMs, () => this.#step());
    this.#step();
  }

  /** Every stream was ended, or it was stopped. */
  get over(): boolean {
    return this.#over;
  }

  stop(): void {
    this.#over = true;
    this.#stop();
  }

  #step(): void {
    const { clock, config, withinMs } = this.#options;
    const sinceStartMs = clock.monotonicMs() - this.#startMs;
    if (sinceStartMs < 0) return;
    this.#mark();
    const open = this.#queue.size;
    const stepMs = config.drainStepMs;
    const next = paceStep({ open, sinceStartMs, windowMs: withinMs, stepMs, carry: this.#carry });
    this.#carry = next.carry;
    for (let left = next.count; left > 0; left -= 1) {
      const stream = this.#queue.next();
      stream?.connection.goaway();
      stream?.finish();
    }
    if (next.count === open) this.stop();
  }

  #mark(): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#markedMs !== undefined && nowMs - this.#markedMs < markAgainMs) return false;
    for (const stream of this.#queue.remaining()) {
      if (stream.informed) continue;
      this.#markedMs = nowMs;
      this.#options.leaving();
      return true;
    }
    return false;
  }
}
