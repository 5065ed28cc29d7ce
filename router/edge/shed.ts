import type { Cancel, Clock } from '../../runtime/index.ts';
import type { EdgeConfig } from './config.ts';
import type { Connection } from './engine.ts';
import { moveAway } from './moving.ts';
import { paceStep } from './pace.ts';
import type { Streams } from './streams.ts';

/** Before the first client is moved: storage nodes mark topics, and tell other routers, within this time. */
const markMs = 100;
/** Storage nodes expect clients that can't say where they were for 5 s. */
const markAgainMs = 3_000;

export interface ShedOptions {
  readonly streams: Streams;
  /** Those to move, in this order. */
  readonly connections: readonly Connection[];
  readonly withinMs: number;
  readonly clock: Clock;
  readonly config: EdgeConfig;
  /** Clients that can't say where they were are about to be sent away. */
  readonly leaving: () => void;
}

/**
 * Moves some clients elsewhere, one after the other, spread over the time, while the edge goes on. Nobody is cut: a client
 * that reads nothing keeps its connection, on which nothing more can be opened.
 */
export class Shed {
  readonly #options: ShedOptions;
  readonly #stop: Cancel;
  #left: readonly Connection[];
  #startMs: number;
  #markedMs: number | undefined;
  #carry = 0;

  constructor(options: ShedOptions) {
    this.#options = options;
    this.#left = options.connections;
    this.#startMs = options.clock.monotonicMs();
    if (this.#mark()) this.#startMs += markMs;
    this.#stop = options.clock.every(options.config.drainStepMs, () => this.#step());
    this.#step();
  }

  /** Connections that are not moved yet. */
  get left(): number {
    return this.#left.length;
  }

  /** Moves nobody any more. */
  stop(): void {
    this.#left = [];
    this.#stop();
  }

  #step(): void {
    const { clock, config, withinMs, streams } = this.#options;
    const sinceStartMs = clock.monotonicMs() - this.#startMs;
    if (sinceStartMs < 0) return;
    this.#mark();
    const stepMs = config.drainStepMs;
    const open = this.#left.length;
    const pace = { open, sinceStartMs, windowMs: withinMs, stepMs, carry: this.#carry };
    const { count, carry } = paceStep(pace);
    this.#carry = carry;
    for (const connection of this.#left.slice(0, count)) moveAway(connection, streams);
    this.#left = this.#left.slice(count);
    if (this.#left.length === 0) this.stop();
  }

  #mark(): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#markedMs !== undefined && nowMs - this.#markedMs < markAgainMs) return false;
    if (!this.#left.some((connection) => this.#isUnknowing(connection))) return false;
    this.#markedMs = nowMs;
    this.#options.leaving();
    return true;
  }

  #isUnknowing(connection: Connection): boolean {
    for (const { informed } of this.#options.streams.of(connection)) if (!informed) return true;
    return false;
  }
}
