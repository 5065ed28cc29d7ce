import { describe, expect, it } from 'vitest';
import { plotOf } from './plot.ts';
import type { Sample, ScaleResult } from './result.ts';
import { ticks } from './svg.ts';

const sample: Sample = {
  ...{ second: 1, subscriptions: 40, deliveriesPerSecond: 200, publishesPerSecond: 10 },
  ...{ utilisation: 0.4, dimension: 'streams', desired: 2, warming: 0, inRotation: 2 },
  ...{ deliveryMsP99: 3, discontinuities: 0, failedPublishes: 0 },
};
const result: ScaleResult = {
  options: {
    ...{ seconds: 3, subscriptions: 40, publishesPerSecond: 10, streamsPerRouter: 100 },
    ...{ min: 2, max: 4, targetPercent: 75, prometheus: false },
  },
  phases: [{ name: 'ramp & more', fromSecond: 1 }],
  samples: [
    sample,
    { ...sample, second: 2, desired: 3, warming: 1, deliveryMsP99: null },
    { ...sample, second: 3, desired: 3, inRotation: 3, deliveryMsP99: 250 },
  ],
  steps: [],
  totals: {
    ...{ published: 30, failedPublishes: 0, delivered: 600, lost: 0, discontinuities: 0 },
    ...{ deliveryMsP50: 1, deliveryMsP99: 3 },
  },
};

describe('the plot', () => {
  it('is XML with a panel each, for light and dark', () => {
    const svg = plotOf(result);
    for (const title of [
      'Subscriptions',
      'Utilisation',
      'Routers',
      'Deliveries',
      'Delivery, p99',
    ]) {
      expect(svg).toContain(title);
    }
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).toContain('>ramp &amp; more</text>');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    const opened = [...svg.matchAll(/<(\w+)(?: [^>]*[^/])?>/g)].map(([, name]) => name ?? '');
    const closed = [...svg.matchAll(/<\/(\w+)>/g)].map(([, name]) => name ?? '');
    expect(opened.toSorted()).toEqual(closed.toSorted());
  });

  it('leaves a gap where nothing was measured', () => {
    const paths = [...plotOf(result).matchAll(/ d="([^"]*)"/g)].map(([, path]) => path ?? '');
    expect(paths.at(-1)?.match(/M/g)).toHaveLength(2);
    expect(paths[0]?.match(/M/g)).toHaveLength(1);
  });

  it('has axes with round numbers', () => {
    expect(ticks(0, 420, 4)).toEqual([0, 200, 400]);
    expect(ticks(0, 1, 4)).toEqual([0, 0.3, 0.6, 0.9]);
    expect(ticks(0, 7, 4)).toEqual([0, 2, 4, 6]);
  });
});
