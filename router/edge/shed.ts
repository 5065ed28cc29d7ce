import type { Connection } from '../../h2/index.ts';
import type { Cancel, Clock } from '../../runtime/index.ts';
import type { EdgeConfig } from './config.ts';
import { moveAway } from './moving.ts';
import { paceStep } from './pace.ts';
import type { Stream, Streams } from './streams.ts';

/** After a mark nobody is moved: storage nodes mark topics, and tell other routers, within this time. */
const markMs = 100;
/**
 * Storage nodes expect clients that can't say where they were for 5 s. More often isn't worth it: a mark costs them a pass
 * over all topics of this router.
 */
const markAgainMs = 3_000;
/** When the time was up for so long, nobody waits for a mark any more: clients may open streams all the time. */
const lateMsMax = 2 * markAgainMs;

export interface ShedOptions {
  readonly streams: Streams;
  /** Those to move, in this order. */
  readonly connections: readonly Connection[];
  readonly withinMs: number;
  readonly clock: Clock;
  readonly config: EdgeConfig;
  /** Clients that can't say where they were are about to be sent away. */
  readonly shedding: () => void;
}

/**
 * Moves some clients elsewhere, one after the other, spread over the time, while the edge goes on. Nobody is cut: a client
 * that reads nothing keeps its connection, on which nothing more can be opened. A connection with a stream that was
 * opened since the last mark, and whose client can't say where it was, waits for the next one.
 */
export class Shed {
  readonly #options: ShedOptions;
  readonly #stop: Cancel;
  readonly #startMs: number;
  #left: readonly Connection[];
  /** Streams whose clients are expected elsewhere. */
  #marked: ReadonlySet<Stream> = new Set();
  #markedMs = Number.NEGATIVE_INFINITY;
  #carry = 0;

  constructor(options: ShedOptions) {
    this.#options = options;
    this.#left = options.connections;
    const nowMs = options.clock.monotonicMs();
    this.#mark(nowMs);
    this.#startMs = this.#markedMs === nowMs ? nowMs + markMs : nowMs;
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
    const nowMs = clock.monotonicMs();
    this.#mark(nowMs);
    if (nowMs - this.#markedMs < markMs) return;
    const sinceStartMs = nowMs - this.#startMs;
    const stepMs = config.drainStepMs;
    const open = this.#left.length;
    const pace = { open, sinceStartMs, windowMs: withinMs, stepMs, carry: this.#carry };
    const { count, carry } = paceStep(pace);
    this.#carry = carry;
    const isLate = sinceStartMs >= withinMs + lateMsMax;
    const ready = this.#left.filter((connection) => isLate || this.#isExpected(connection));
    const moved = new Set(ready.slice(0, count));
    for (const connection of moved) moveAway(connection, streams);
    this.#left = this.#left.filter((connection) => !moved.has(connection));
    if (this.#left.length === 0) this.stop();
  }

  #mark(nowMs: number): void {
    if (nowMs - this.#markedMs < markAgainMs) return;
    const unknowing = this.#left.flatMap((connection) => this.#unknowing(connection));
    if (unknowing.length === 0) return;
    this.#markedMs = nowMs;
    this.#marked = new Set(unknowing);
    this.#options.shedding();
  }

  #isExpected(connection: Connection): boolean {
    return this.#unknowing(connection).every((stream) => this.#marked.has(stream));
  }

  #unknowing(connection: Connection): Stream[] {
    return [...this.#options.streams.of(connection)].filter(({ informed }) => !informed);
  }
}
