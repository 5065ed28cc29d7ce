import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMax, pageOf, pageOriginAt, pageOriginMax, splitPage, sweepsMax } from './page.ts';

const origins = fc.nat(pageOriginMax);
const epochs = fc.integer({ min: 1, max: epochMax });
const sweeps = fc.nat(sweepsMax);

describe('pageOf', () => {
  it('grows strictly with the epoch, and with the sweeps of one epoch', () => {
    fc.assert(
      fc.property(origins, epochs, sweeps, epochs, sweeps, (pageOrigin, e1, s1, e2, s2) => {
        const first = pageOf({ pageOrigin, epoch: e1, sweeps: s1 });
        const second = pageOf({ pageOrigin, epoch: e2, sweeps: s2 });
        const order = e1 === e2 ? s1 - s2 : e1 - e2;
        expect(Math.sign(first - second)).toBe(Math.sign(order));
      }),
    );
  });

  it('is a whole number above 0 that a double holds exactly', () => {
    const largest = pageOf({ pageOrigin: pageOriginMax, epoch: epochMax, sweeps: sweepsMax });
    expect(largest).toBeLessThan(2 ** 53);
    expect(pageOf({ pageOrigin: 0, epoch: 1, sweeps: 0 })).toBeGreaterThan(0);
    fc.assert(
      fc.property(origins, epochs, sweeps, (pageOrigin, epoch, n) => {
        const page = pageOf({ pageOrigin, epoch, sweeps: n });
        const exact = (BigInt(pageOrigin) + BigInt(epoch)) * 2n ** 23n + BigInt(n);
        expect(BigInt(page)).toBe(exact);
        expect(splitPage(page)).toEqual({ originAndEpoch: pageOrigin + epoch, sweeps: n });
      }),
    );
  });

  it.each([
    [{ pageOrigin: -1, epoch: 1, sweeps: 0 }, /page origin must be .* is -1/],
    [{ pageOrigin: pageOriginMax + 1, epoch: 1, sweeps: 0 }, /page origin/],
    [{ pageOrigin: 0, epoch: 0, sweeps: 0 }, /epoch must be .* from 1 to/],
    [{ pageOrigin: 0, epoch: epochMax + 1, sweeps: 0 }, /epoch/],
    [{ pageOrigin: 0, epoch: 1, sweeps: sweepsMax + 1 }, /sweeps must be .* from 0 to 8388607/],
    [{ pageOrigin: 0, epoch: 1.5, sweeps: 0 }, /epoch must be a whole number/],
    [{ pageOrigin: Number.NaN, epoch: 1, sweeps: 0 }, /is NaN/],
  ])('refuses %j', (parts, message) => {
    expect(() => pageOf(parts)).toThrow(RangeError);
    expect(() => pageOf(parts)).toThrow(message);
  });
});

describe('pageOriginAt', () => {
  /** 2025-01-01T00:00:00Z */
  const zeroMs = 1_735_689_600_000;
  const yearMs = 365 * 86_400_000;

  it('counts seconds from the first of January 2025', () => {
    expect(pageOriginAt(zeroMs)).toBe(0);
    expect(pageOriginAt(zeroMs + 60_999)).toBe(60);
  });

  it('stays in range when a clock is far off', () => {
    expect(pageOriginAt(0)).toBe(0);
    expect(pageOriginAt(zeroMs + 75 * yearMs)).toBe(pageOriginMax);
  });

  it('gives a cluster that is made again larger pages, unless its epochs outran the seconds', () => {
    const bornMs = zeroMs + yearMs;
    const before = pageOf({ pageOrigin: pageOriginAt(bornMs), epoch: 3000, sweeps: 7 });
    const again = pageOf({ pageOrigin: pageOriginAt(bornMs + 3_600_000), epoch: 1, sweeps: 0 });
    expect(again).toBeGreaterThan(before);
  });
});
