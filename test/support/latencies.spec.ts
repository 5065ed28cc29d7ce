import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Latencies } from './latencies.ts';
import { quantile } from './measured.ts';

const times = fc.array(fc.double({ min: 0.1, max: 100_000, noNaN: true }), { minLength: 1 });

it('latencies have the quantiles of the times that were added, but for 2 %, and their maximum', () => {
  fc.assert(
    fc.property(times, times, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (a, b, share) => {
      const [one, other] = [a, b].map((list) => {
        const latencies = new Latencies();
        for (const ms of list) latencies.add(ms);
        return latencies;
      }) as [Latencies, Latencies];
      const found = Latencies.quantileMs([one, other], share);
      const both = [...a, ...b].toSorted((x, y) => x - y);
      const exact = both[Math.ceil(both.length * share) - 1] as number;
      expect(found).toBeGreaterThanOrEqual(exact * 0.999);
      expect(found).toBeLessThanOrEqual(exact * 1.021);
      expect(one.maxMs).toBe(quantile(a, 1));
    }),
  );
});

it('without any, quantiles and maximum are NaN', () => {
  expect(Latencies.quantileMs([new Latencies()], 0.5)).toBeNaN();
  expect(new Latencies().maxMs).toBeNaN();
});
