import type { Clock } from '../../runtime/index.ts';
import type { EdgeConfig } from './config.ts';
import type { Connection } from './engine.ts';
import type { Stream, Streams } from './streams.ts';

export interface DrainProgress {
  /** Streams not ended yet. */
  readonly open: number;
  readonly sinceStartMs: number;
  /** Time over which streams are ended. */
  readonly windowMs: number;
  /** Until the next decision. */
  readonly stepMs: number;
  /** What the decision before left over; 0 at first. */
  readonly carry: number;
}

export interface DrainStep {
  /** Streams to end now. */
  readonly count: number;
  /** The part of a stream that is due but can't be ended yet. */
  readonly carry: number;
}

/**
 * How many streams to end now, so that all are ended evenly by the end of the window, whatever came or went on the
 * way: what is open, divided over the steps that are left.
 */
export function drainStep(progress: DrainProgress): DrainStep {
  const { open, sinceStartMs, windowMs, stepMs } = progress;
  const stepsLeft = Math.floor((windowMs - sinceStartMs) / stepMs);
  if (stepsLeft <= 1) return { count: open, carry: 0 };
  const due = progress.carry + open / stepsLeft;
  const count = Math.min(open, Math.floor(due));
  return { count, carry: due - count };
}

export interface DrainOutcome {
  /** Streams ended with OK. */
  readonly ended: number;
  /** Connections that were still open when the time was up, and cut. */
  readonly cut: number;
}

export interface Drained {
  readonly streams: Streams;
  connections(): ReadonlySet<Connection>;
}

/**
 * Moves the clients elsewhere: GOAWAY on every connection, then every stream ended with OK, spread over the time; calls
 * in progress finish. Resolves when no connection is left, or cuts what is left at `withinMs`.
 */
export function drain(
  edge: Drained,
  clock: Clock,
  withinMs: number,
  config: EdgeConfig,
): Promise<DrainOutcome> {
  const startMs = clock.monotonicMs();
  const stepMs = config.drainStepMs;
  const windowMs = withinMs - Math.min(config.drainTailMs, withinMs / 4);
  const queue = new DrainQueue(edge.streams);
  let carry = 0;
  let ended = 0;
  for (const connection of edge.connections()) connection.goaway();
  return new Promise((resolve) => {
    const step = (): void => {
      const sinceStartMs = clock.monotonicMs() - startMs;
      const next = drainStep({ open: queue.size, sinceStartMs, windowMs, stepMs, carry });
      carry = next.carry;
      for (let left = next.count; left > 0; left -= 1) {
        queue.next()?.finish();
        ended += 1;
      }
      const cut = edge.connections().size;
      if (cut > 0 && sinceStartMs < withinMs) return;
      stop();
      for (const connection of edge.connections()) connection.close();
      resolve({ ended, cut });
    };
    const stop = clock.every(stepMs, step);
    step();
  });
}

/** The streams to end, connection by connection: a client that has many streams on one moves once. */
class DrainQueue {
  readonly #streams: Streams;
  /** Handed out, but still open: they wait for their first message. */
  readonly #waiting = new Set<Stream>();
  #ordered: Stream[] = [];

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  /** Open streams that were not handed out. */
  get size(): number {
    for (const stream of this.#waiting) {
      if (!this.#streams.has(stream)) this.#waiting.delete(stream);
    }
    return this.#streams.size - this.#waiting.size;
  }

  next(): Stream | undefined {
    for (;;) {
      // Empty at first, and again should streams have come since.
      if (this.#ordered.length === 0) this.#order();
      const stream = this.#ordered.pop();
      if (stream !== undefined && !this.#streams.has(stream)) continue;
      if (stream !== undefined) this.#waiting.add(stream);
      return stream;
    }
  }

  #order(): void {
    this.#ordered = [...this.#streams.all()]
      .filter((stream) => !this.#waiting.has(stream))
      .sort((one, other) => other.connection.id - one.connection.id);
  }
}
