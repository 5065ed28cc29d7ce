import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  beforeSteps,
  leastWithin,
  mostWithin,
  noMemory,
  partsMax,
  peakWithin,
  type ScaleMemory,
  withRecommendation,
  withStep,
} from './memory.ts';
import { noonMs } from './testing.ts';

const windowMs = 600_000;
const bounds = { windowMs, gapMsMax: 60_000 };

/** One look after another: members, and the time since the one before. */
const looks = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 50_000 })),
  {
    minLength: 1,
    maxLength: 150,
  },
);

function replay(list: readonly (readonly [number, number])[]) {
  let memory: ScaleMemory = noMemory;
  let nowMs = noonMs;
  const all: { atMs: number; members: number }[] = [];
  for (const [members, laterMs] of list) {
    nowMs += laterMs;
    memory = withRecommendation(memory, { least: members, most: members }, nowMs, bounds);
    all.push({ atMs: nowMs, members });
  }
  return { memory, nowMs, all };
}

describe('memory', () => {
  it('remembers what a list of every recommendation would, and a little more', () => {
    fc.assert(
      fc.property(looks, fc.integer({ min: 1, max: windowMs }), (list, backMs) => {
        const { memory, nowMs, all } = replay(list);
        const inside = (ms: number) =>
          all
            .filter(
              ({ atMs }, index) =>
                (all[index + 1]?.atMs ?? Infinity) > nowMs - ms || atMs > nowMs - ms,
            )
            .map(({ members }) => members);
        const most = peakWithin(memory, backMs, nowMs);
        expect(most).toBeGreaterThanOrEqual(Math.max(...inside(backMs)));
        // Parts are a fortieth of the window; those that it begins in may hold a part's more, and a look's.
        expect(most).toBeLessThanOrEqual(Math.max(...inside(backMs + windowMs / 40 + 50_000)));
      }),
    );
  });

  it('stays small whatever comes', () => {
    fc.assert(
      fc.property(looks, (list) => {
        expect(replay(list).memory.recommendations.length).toBeLessThanOrEqual(partsMax);
      }),
    );
  });

  it('needs one entry for what does not change', () => {
    const { memory } = replay(Array.from({ length: 100 }, () => [4, 15_000] as const));
    expect(memory.recommendations).toHaveLength(1);
  });

  it('knows nothing of a window that it did not see all of', () => {
    const { memory, nowMs } = replay([
      [4, 1],
      [5, 30_000],
    ]);
    expect(mostWithin(memory, 30_000, nowMs)).toBe(5);
    expect(leastWithin(memory, 30_000, nowMs)).toBe(4);
    expect(mostWithin(memory, 30_001, nowMs)).toBeUndefined();
    expect(leastWithin(memory, 30_001, nowMs)).toBeUndefined();
  });

  it.each([
    ['a long gap', 60_001],
    ['a clock that was set back', -1],
  ])('begins a new window after %s, and keeps the peak that it knows', (_, laterMs) => {
    const { memory, nowMs } = replay([
      [9, 1],
      [9, 50_000],
    ]);
    const later = withRecommendation(memory, { least: 2, most: 2 }, nowMs + laterMs, bounds);
    expect(mostWithin(later, 1, nowMs + laterMs)).toBeUndefined();
    expect(peakWithin(later, windowMs, nowMs + laterMs)).toBe(9);
  });

  it('goes on after a short gap', () => {
    const { memory, nowMs } = replay([
      [9, 1],
      [9, 60_000],
    ]);
    expect(mostWithin(memory, 60_000, nowMs)).toBe(9);
  });

  it('knows the steps of a period, in one direction', () => {
    const out = withStep(noMemory, { atMs: noonMs, from: 2, to: 4 });
    const memory = withStep(out, { atMs: noonMs + 1000, from: 4, to: 3 });
    expect(beforeSteps(memory, 'out', 15_000, noonMs + 14_999)).toBe(2);
    expect(beforeSteps(memory, 'out', 15_000, noonMs + 15_000)).toBeUndefined();
    expect(beforeSteps(memory, 'in', 15_000, noonMs + 15_000)).toBe(4);
    expect(beforeSteps(memory, 'in', 15_000, noonMs)).toBeUndefined();
  });
});
