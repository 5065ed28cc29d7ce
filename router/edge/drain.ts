import type { Cancel, Clock } from '../../runtime/index.ts';
import type { EdgeConfig } from './config.ts';
import type { Connection } from './engine.ts';
import { paceStep } from './pace.ts';
import { StreamQueue } from './stream-queue.ts';
import type { Streams } from './streams.ts';

export interface DrainOutcome {
  /** Streams ended with OK. */
  readonly ended: number;
  /** Connections that were still open when the time was up, and cut. */
  readonly cut: number;
}

/** The clients of an edge. */
export interface Drained {
  readonly streams: Streams;
  connections(): Iterable<Connection>;
  connectionCount(): number;
  /** Cuts every client that is left. */
  cut(): void;
}

/**
 * Moves all clients elsewhere: GOAWAY on every connection, then every stream ended with OK, spread over the time; calls
 * in progress finish.
 *
 *   draining   until no connection is left, or the time is over and those that are left are cut
 *   empty      clients that come all the same are moved on at once
 *   stopped    by `stop`
 *
 * Clients that come meanwhile, because a load balancer hasn't heard yet, are served and moved like the others: to refuse
 * them would break their calls.
 */
export class Drain {
  /** Resolves when nobody is left. */
  readonly over: Promise<DrainOutcome>;
  readonly #edge: Drained;
  readonly #clock: Clock;
  readonly #config: EdgeConfig;
  readonly #startMs: number;
  readonly #queue: StreamQueue;
  readonly #told = new WeakSet<Connection>();
  readonly #stop: Cancel;
  #withinMs: number;
  #carry = 0;
  #ended = 0;
  #resolve: ((outcome: DrainOutcome) => void) | undefined;

  constructor(edge: Drained, clock: Clock, withinMs: number, config: EdgeConfig) {
    this.#edge = edge;
    this.#clock = clock;
    this.#config = config;
    this.#withinMs = withinMs;
    this.#startMs = clock.monotonicMs();
    this.#queue = new StreamQueue(edge.streams);
    this.over = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#stop = clock.every(config.drainStepMs, () => this.#step());
    this.#step();
  }

  /** Asked again: the earlier end counts. */
  hurry(withinMs: number): void {
    const sinceStartMs = this.#clock.monotonicMs() - this.#startMs;
    this.#withinMs = Math.min(this.#withinMs, sinceStartMs + withinMs);
  }

  stop(): void {
    this.#stop();
  }

  #step(): void {
    const { drainStepMs: stepMs, drainTailMs } = this.#config;
    const withinMs = this.#withinMs;
    for (const connection of this.#edge.connections()) {
      if (this.#told.has(connection)) continue;
      this.#told.add(connection);
      connection.goaway();
    }
    const sinceStartMs = this.#clock.monotonicMs() - this.#startMs;
    const windowMs = withinMs - Math.min(drainTailMs, withinMs / 4);
    const open = this.#queue.size;
    const next = paceStep({ open, sinceStartMs, windowMs, stepMs, carry: this.#carry });
    this.#carry = next.carry;
    for (let left = next.count; left > 0; left -= 1) {
      this.#queue.next()?.finish();
      this.#ended += 1;
    }
    const cut = this.#edge.connectionCount();
    if (!this.#resolve || (cut > 0 && sinceStartMs < withinMs)) return;
    this.#edge.cut();
    this.#resolve({ ended: this.#ended, cut });
    this.#resolve = undefined;
  }
}
