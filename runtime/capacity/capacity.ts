import type { Cancel, Clock } from '../clock.ts';
import { Rate } from './rate.ts';

/** What can be used up, in the order in which it is shown, and the unit of used and limit. */
export const dimensions = {
  connections: 'client connections',
  streams: 'calls that are open',
  topics: 'topics held',
  messages: 'items a second',
  egress: 'bytes sent a second',
  cpu: 'cores busy',
  'event-loop': 'part of the time in which the event loop is busy',
  'event-loop-delay': 'seconds that the event loop is late by its own doing',
  memory: 'bytes resident',
} as const;

export type Dimension = keyof typeof dimensions;

/** One thing that a process has so much of. */
export interface Meter {
  readonly dimension: Dimension;
  /** As much as it can use and still serve well. Above 0; may change. */
  limit(): number;
  /** Called at an interval, before `used`. */
  sample?(nowMs: number): void;
  used(): number;
  /** Measures no more. */
  close?(): void;
}

export interface Use {
  readonly dimension: Dimension;
  readonly used: number;
  readonly limit: number;
}

/** A peak shorter than a scrape interval is neither missed by it nor taken for the load. */
export const rateWindowMs = 15_000;
const sampleMs = 1_000;

/** How much of what it can use a process uses. Reading costs what is measured nothing. */
export class Capacity {
  readonly #meters: readonly Meter[];
  readonly #stop: Cancel;

  constructor(meters: readonly Meter[], clock: Clock) {
    this.#meters = meters;
    this.#stop = clock.every(sampleMs, () => this.#sample(clock.monotonicMs()));
  }

  read(): readonly Use[] {
    return this.#meters.map((meter) => {
      return { dimension: meter.dimension, used: meter.used(), limit: meter.limit() };
    });
  }

  /** Measures no more. */
  close(): void {
    this.#stop();
    for (const meter of this.#meters) meter.close?.();
  }

  #sample(nowMs: number): void {
    for (const meter of this.#meters) meter.sample?.(nowMs);
  }
}

/** How fast a count grows, against so many a second. */
export function rateMeter(
  dimension: Dimension,
  count: () => number,
  limit: () => number,
  nowMs: number,
): Meter {
  const rate = new Rate(count, rateWindowMs, nowMs);
  return {
    dimension,
    limit,
    sample: (atMs) => rate.sample(atMs),
    used: () => rate.perSecond,
  };
}
