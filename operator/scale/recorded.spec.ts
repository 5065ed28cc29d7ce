import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import { leadsMax } from './lead.ts';
import { noMemory, partsMax, type ScaleMemory, stepsMax } from './memory.ts';
import { isUntold, recorded, remembered, tellMs } from './recorded.ts';
import { intervalMs, noonMs, sampleInput, sampleScaling } from './testing.ts';
import { demand } from './wish.ts';

const now = { nowMs: noonMs, intervalMs };

const memory: ScaleMemory = {
  sinceMs: noonMs - 900_000,
  lastMs: noonMs - 15_000,
  recommendations: [
    { atMs: noonMs - 900_000, least: 3, most: 5 },
    { atMs: noonMs - 30_000, least: 2, most: 2 },
  ],
  steps: [{ atMs: noonMs - 900_000, from: 3, to: 5 }],
};
const leads = [{ atMs: noonMs - 850_000, ms: 41_000 }];

describe('what a status remembers', () => {
  it('is what was recorded', () => {
    expect(remembered(recorded({ memory, leads }), now)).toEqual({ memory, leads });
  });

  it('is text that a person can read', () => {
    expect(recorded({ memory, leads })).toEqual({
      leads: [{ at: '2026-06-01T11:45:50.000Z', seconds: 41 }],
      since: '2026-06-01T11:45:00.000Z',
      last: '2026-06-01T11:59:45.000Z',
      recommendations: [
        { at: '2026-06-01T11:45:00.000Z', least: 3, most: 5 },
        { at: '2026-06-01T11:59:30.000Z', least: 2, most: 2 },
      ],
      steps: [{ at: '2026-06-01T11:45:00.000Z', from: 3, to: 5 }],
    });
  });

  it('goes on with the stabilisation when it was told what was right, a minute and some looks ago', () => {
    const told = { ...recorded({ memory, leads }), at: '2026-06-01T11:59:45.000Z' };
    const nowMs = noonMs + 105_000;
    expect(remembered(told, { ...now, nowMs }).memory).toEqual({ ...memory, lastMs: nowMs });
    const later = remembered(told, { ...now, nowMs: nowMs + 1 }).memory;
    expect(later).toEqual({ ...memory, sinceMs: undefined });
  });

  it('goes on only for some looks when it was told that nothing is known', () => {
    const told = { ...recorded({ memory, leads }), at: '2026-06-01T12:00:00.000Z' };
    const nowMs = noonMs + 45_000;
    expect(remembered(told, { ...now, nowMs }).memory).toEqual(memory);
    const later = remembered(told, { ...now, nowMs: nowMs + 1 }).memory;
    expect(later).toEqual({ ...memory, sinceMs: undefined });
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'leads'],
    ['lists that are none', { leads: {}, recommendations: 'x', steps: 7, since: 3, last: null }],
    [
      'entries that make no sense',
      {
        leads: [
          null,
          { at: 'yesterday', seconds: 3 },
          { at: '2026-06-01T11:00:00Z', seconds: '3' },
        ],
        recommendations: [{ at: '2026-06-01T11:00:00Z', least: -1, most: 1e9 }, []],
        steps: [{ at: '2026-06-01T11:00:00Z', from: 1.5, to: Number.NaN }],
      },
    ],
    [
      'entries of the future',
      {
        leads: [{ at: '2026-06-01T12:00:01Z', seconds: 3 }],
        since: '2026-06-01T12:00:01Z',
        last: '2026-06-01T12:00:01Z',
        recommendations: [{ at: '2026-06-01T12:00:01Z', least: 1, most: 1 }],
        steps: [{ at: '2026-06-01T12:00:01Z', from: 1, to: 2 }],
      },
    ],
  ])('leaves out %s', (_, status) => {
    expect(remembered(status, now)).toEqual({
      memory: { sinceMs: undefined, lastMs: undefined, recommendations: [], steps: [] },
      leads: [],
    });
  });

  it('sorts entries that somebody mixed up', () => {
    const told = recorded({ memory, leads });
    const mixed = { ...told, recommendations: [...told.recommendations].reverse() };
    expect(remembered(mixed, now).memory).toEqual(memory);
  });

  it('is bounded, and sound, whatever it is read from', () => {
    const entry = fc.record({
      at: fc.constant('2026-06-01T11:00:00Z'),
      seconds: fc.nat(),
      least: fc.nat(),
      most: fc.nat(),
      from: fc.nat(),
      to: fc.nat(),
    });
    const list = fc.oneof(fc.array(entry, { maxLength: 200 }), fc.anything());
    const status = fc.record({
      leads: list,
      since: fc.anything(),
      last: fc.anything(),
      recommendations: list,
      steps: list,
    });
    fc.assert(
      fc.property(fc.oneof(status, fc.anything()), (it) => {
        const back = remembered(it, now);
        expect(back.leads.length).toBeLessThanOrEqual(leadsMax);
        expect(back.memory.recommendations.length).toBeLessThanOrEqual(partsMax);
        expect(back.memory.steps.length).toBeLessThanOrEqual(stepsMax);
        expect(remembered(recorded(back), now)).toEqual(back);
      }),
    );
  });

  it('never lets a tier scale in below what was right in the stabilisation, whenever it restarts', () => {
    const load = fc.oneof(
      { weight: 5, arbitrary: fc.double({ min: 0, max: 2.4, noNaN: true }) },
      { weight: 1, arbitrary: fc.double({ min: 0, max: 5, noNaN: true }) },
    );
    const loads = fc.array(load, { minLength: 20, maxLength: 80 });
    const spec = sampleScaling();
    const looks = spec.in.stabilisationMs / intervalMs;
    fc.assert(
      fc.property(loads, fc.nat(), (list, at) => {
        const all = sizes(list, at % list.length);
        all.forEach((members, index) => {
          if (members >= (all[index - 1] ?? 4)) return;
          const lately = list.slice(Math.max(0, index - looks + 1), index + 1);
          const needed = lately.map((it) => demand(it, spec.target, spec));
          expect(index).toBeGreaterThanOrEqual(looks);
          expect(members).toBeGreaterThanOrEqual(Math.max(...needed));
        });
      }),
      { numRuns: 500 },
    );
  });

  it('lets a tier scale in when it would have without a restart, if what is right did not change', () => {
    const loads = Array.from({ length: 30 }, () => 1.5);
    const without = sizes(loads);
    expect(firstIn(without, 0)).toBeLessThan(loads.length);
    expect(sizes(loads, 9)).toEqual(without);
  });
});

/** Members of a tier after each look. `restartAt`: where another operator goes on with what was told. */
function sizes(loads: readonly number[], restartAt?: number): readonly number[] {
  let current = 4;
  let memory: ScaleMemory = noMemory;
  let told = { ...recorded({ memory, leads: [] }), at: '', atMs: Number.NEGATIVE_INFINITY };
  return loads.map((load, index) => {
    const nowMs = noonMs + index * intervalMs;
    if (index === restartAt) memory = remembered(told, { nowMs, intervalMs }).memory;
    const decision = decide(sampleInput(current, load, { nowMs, memory }));
    memory = decision.memory;
    if (decision.desired !== current || isUntold(memory, told) || nowMs - told.atMs >= tellMs) {
      const at = new Date(nowMs).toISOString();
      told = { ...recorded({ memory, leads: [] }), at, atMs: nowMs };
    }
    current = decision.desired;
    return current;
  });
}

/** The first look from `from` on at which it scales in. */
function firstIn(all: readonly number[], from: number): number {
  const found = all.findIndex((members, index) => index >= from && members < (all[index - 1] ?? 4));
  return found === -1 ? all.length : found;
}
