import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forecast, forecastBounds } from './forecast.ts';
import { loadIn, type TierLoad, withLoad } from './load.ts';
import { surge, surgeBounds } from './surge.ts';
import { noonMs, sampleLoad } from './testing.ts';

const far = { aheadMs: 60_000, growthMax: 1.5 };

/** One reading each 15 s, the last at noon. */
function read(loads: readonly number[]): readonly TierLoad[] {
  return loads.map((load, index) =>
    sampleLoad(load, 100, noonMs - (loads.length - 1 - index) * 15_000),
  );
}

const level = (load: number, times: number) => Array.from({ length: times }, () => load);
const rise = (from: number, by: number, times: number) =>
  Array.from({ length: times }, (_, index) => from + by * (index + 1));

function trend(...loads: readonly number[]): number {
  return forecast(read(loads), 'cpu', far, forecastBounds);
}

function sudden(...loads: readonly number[]): number {
  return surge(read(loads), 'cpu', far, surgeBounds);
}

describe('forecast', () => {
  it('goes on along the line', () => {
    expect(trend(...rise(50, 1, 10))).toBeCloseTo(64);
  });

  it('expects what falls, or has levelled off, to stay', () => {
    expect(trend(...rise(50, -1, 10))).toBe(40);
    expect(trend(...rise(50, 1, 5), ...level(55, 5))).toBe(55);
  });

  it('knows nothing from four readings, of none, and of another dimension', () => {
    expect(trend(...rise(50, 1, 4))).toBe(54);
    expect(forecast([], 'cpu', far, forecastBounds)).toBe(0);
    expect(forecast(read([5]), 'memory', far, forecastBounds)).toBe(0);
  });

  it('takes no chance for a trend', () => {
    expect(trend(50, 56, 44, 57, 45, 50, 55)).toBe(55);
  });

  it('goes no further than half as much again', () => {
    expect(trend(...rise(10, 10, 6))).toBe(1.5 * 70);
  });

  it('expects a load to stop where it did within the hour', () => {
    const before = [...level(60, 10), ...level(20, 20)];
    expect(trend(...before, ...rise(20, 4, 9))).toBe(60);
    expect(trend(...level(20, 30), ...rise(20, 4, 9))).toBeCloseTo(72);
  });
});

describe('surge', () => {
  it('expects what rises at once to do so once more', () => {
    expect(sudden(...level(20, 10), 25)).toBe(30);
  });

  it('expects what goes on rising to do so until a new member serves', () => {
    expect(sudden(...level(50, 10), 53, 56)).toBeCloseTo(56 + 4 * 3);
    expect(sudden(...level(50, 10), 52, 54, 56)).toBeCloseTo(56 + 4 * 2);
  });

  it('expects what rises to go as far as it did within the hour, and no further', () => {
    const before = [...level(60, 5), ...level(30, 10)];
    expect(sudden(...before, 40)).toBe(60);
    expect(sudden(...before, 63)).toBe(63);
    expect(sudden(...before, 70)).toBe(105);
  });

  it('is nothing that happens all the time, nor what is little', () => {
    expect(sudden(50, 58, 50, 58, 50, 58, 50, 58)).toBe(58);
    expect(sudden(...level(50, 10), 52.9)).toBe(52.9);
  });

  it('knows nothing from four readings', () => {
    expect(sudden(20, 20, 20, 25)).toBe(25);
    expect(sudden()).toBe(0);
  });
});

describe('withLoad', () => {
  it('keeps an hour, in order, and no more than 240 readings', () => {
    const gaps = fc.array(fc.integer({ min: -30_000, max: 60_000 }), { maxLength: 400 });
    fc.assert(
      fc.property(gaps, (list) => {
        let history: readonly TierLoad[] = [];
        let atMs = noonMs;
        for (const gapMs of list) {
          atMs += gapMs;
          history = withLoad(history, sampleLoad(1, 2, atMs));
          expect(history.at(-1)?.atMs).toBe(atMs);
        }
        expect(history.length).toBeLessThanOrEqual(240);
        for (const [index, it] of history.entries()) {
          expect(it.atMs).toBeGreaterThan(atMs - 3_600_000);
          expect(it.atMs).toBeGreaterThan(history[index - 1]?.atMs ?? 0);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is looked into by dimension', () => {
    expect(loadIn(sampleLoad(3, 4), 'cpu')).toBe(3);
    expect(loadIn(sampleLoad(3, 4), 'memory')).toBeUndefined();
  });
});
