import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { Buckets, registerBuckets } from './buckets.ts';

it('buckets say what a histogram of prom-client says of the same values', async () => {
  const bounds = [0.001, 0.01, 0.1, 1];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.constantFrom(...bounds, 0), fc.double({ min: 0, max: 2, noNaN: true }))),
      async (values) => {
        const [ours, theirs] = [new Registry(), new Registry()];
        const buckets = new Buckets(bounds);
        registerBuckets(ours, 'some_seconds', 'How long.', buckets);
        const histogram = new Histogram({
          name: 'some_seconds',
          help: 'How long.',
          buckets: bounds,
          registers: [theirs],
        });
        for (const value of values) {
          buckets.observe(value);
          histogram.observe(value);
        }
        expect(await ours.metrics()).toBe(await theirs.metrics());
      },
    ),
  );
});
