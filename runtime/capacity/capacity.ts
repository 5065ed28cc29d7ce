import { type Cancel, type Clock } from '../clock.ts';
import { Gauge, type Registry } from '../metrics.ts';

/** What can be used up, in the order in which it is shown. `unit` is that of used and limit. */
export const dimensions = {
  connections: 'client connections',
  streams: 'calls that are open',
  links: 'links of routers',
  topics: 'topics held',
  messages: 'items delivered a second',
  egress: 'bytes sent a second',
  cpu: 'cores busy',
  'event-loop': 'part of the time that the event loop is busy',
  'event-loop-delay': 'seconds that the event loop is late, 99th percentile',
  memory: 'bytes resident',
} as const;

export type Dimension = keyof typeof dimensions;

/** One thing that a process has so much of. */
export interface Meter {
  readonly dimension: Dimension;
  /** As much as it can use and still serve well. Above 0. */
  readonly limit: number;
  /** Called at an interval, before `used`. */
  sample?(nowMs: number): void;
  used(): number;
}

export interface Use {
  readonly dimension: Dimension;
  readonly used: number;
  readonly limit: number;
}

/** How much of what it can use a process uses. */
export class Capacity {
  readonly #meters: readonly Meter[];

  constructor(meters: readonly Meter[]) {
    this.#meters = meters;
  }

  /** Samples every `intervalMs` until cancelled. */
  start(clock: Clock, intervalMs: number): Cancel {
    return clock.every(intervalMs, () => this.sample(clock.monotonicMs()));
  }

  sample(nowMs: number): void {
    for (const meter of this.#meters) meter.sample?.(nowMs);
  }

  read(): readonly Use[] {
    return this.#meters.map((meter) => {
      return { dimension: meter.dimension, used: meter.used(), limit: meter.limit };
    });
  }
}

/** Three gauges with the label `dimension`. */
export function registerCapacity(registry: Registry, capacity: Capacity): void {
  const gauge = (name: string, help: string, read: (use: Use) => number) => {
    new Gauge({
      name: `topicplane_capacity_${name}`,
      help,
      labelNames: ['dimension'],
      registers: [registry],
      collect() {
        for (const use of capacity.read()) this.set({ dimension: use.dimension }, read(use));
      },
    });
  };
  gauge('used', 'What is in use, by dimension.', ({ used }) => used);
  gauge(
    'limit',
    'What can be in use while this process serves well, by dimension.',
    ({ limit }) => limit,
  );
  gauge(
    'ratio',
    'Used of limit; 1 is full. What autoscaling looks at.',
    ({ used, limit }) => used / limit,
  );
}
