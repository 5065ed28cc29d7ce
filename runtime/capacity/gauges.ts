import { Gauge, type Registry } from '../metrics.ts';
import type { Capacity, Use } from './capacity.ts';

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
    'Used of limit, by dimension; 1 is full. What the autoscaler looks at.',
    ({ used, limit }) => used / limit,
  );
}
