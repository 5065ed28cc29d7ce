import type { Connection } from '../../h2/index.ts';
import type { Cancel, Clock } from '../../runtime/index.ts';
import type { EdgeConfig } from './config.ts';
import { moveAway, oldest } from './moving.ts';
import { paceStep } from './pace.ts';
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
 * Moves all clients elsewhere: those without streams at once, the others one after the other, spread over the time.
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
  readonly #moved = new WeakSet<Connection>();
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
    const sinceStartMs = this.#clock.monotonicMs() - this.#startMs;
    const windowMs = withinMs - Math.min(drainTailMs, withinMs / 4);
    const holding: Connection[] = [];
    for (const connection of this.#edge.connections()) {
      if (this.#moved.has(connection)) continue;
      if (this.#edge.streams.holds(connection)) holding.push(connection);
      else this.#move(connection);
    }
    const pace = { open: holding.length, sinceStartMs, windowMs, stepMs, carry: this.#carry };
    const { count, carry } = paceStep(pace);
    this.#carry = carry;
    if (count > 0) for (const connection of oldest(holding, count)) this.#move(connection);
    const cut = this.#edge.connectionCount();
    if (!this.#resolve || (cut > 0 && sinceStartMs < withinMs)) return;
    this.#edge.cut();
    this.#resolve({ ended: this.#ended, cut });
    this.#resolve = undefined;
  }

  #move(connection: Connection): void {
    this.#moved.add(connection);
    this.#ended += moveAway(connection, this.#edge.streams);
  }
}
