import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import { leadsMax } from './lead.ts';
import { partsMax, type ScaleMemory, stepsMax } from './memory.ts';
import { recorded, remembered } from './recorded.ts';
import { intervalMs, noonMs, sampleInput } from './testing.ts';

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

  it('waits for a whole stabilisation when more than a look was missed, but keeps the peak', () => {
    const later = remembered(recorded({ memory, leads }), { ...now, nowMs: noonMs + 15_000 });
    expect(later.memory).toEqual({ ...memory, sinceMs: undefined });
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

  it('never lets a tier scale in earlier than it would have without a restart', () => {
    const loads = fc.array(fc.double({ min: 0, max: 12, noNaN: true }), {
      minLength: 2,
      maxLength: 80,
    });
    fc.assert(
      fc.property(loads, fc.nat(), fc.nat(6), (list, at, missed) => {
        const restartAt = at % list.length;
        const without = sizes(list, () => undefined);
        const restarted = sizes(list, (index) => (index === restartAt ? missed : undefined));
        expect(firstIn(restarted, restartAt)).toBeGreaterThanOrEqual(firstIn(without, restartAt));
      }),
    );
  });
});

/** Members of a tier after each look. `missedAt`: where an operator begins with a status that so many looks weren't told in. */
function sizes(
  loads: readonly number[],
  missedAt: (index: number) => number | undefined,
): readonly number[] {
  let current = 4;
  let memory: ScaleMemory = {
    sinceMs: undefined,
    lastMs: undefined,
    recommendations: [],
    steps: [],
  };
  const told = [recorded({ memory, leads: [] })];
  return loads.map((load, index) => {
    const nowMs = noonMs + index * intervalMs;
    const missed = missedAt(index);
    if (missed !== undefined) {
      // A step is always told.
      const status = told[Math.max(0, told.length - 1 - missed)];
      memory = { ...remembered(status, { nowMs, intervalMs }).memory, steps: memory.steps };
    }
    const decision = decide(sampleInput(current, load, { nowMs, memory }));
    memory = decision.memory;
    current = decision.desired;
    told.push(recorded({ memory, leads: [] }));
    return current;
  });
}

/** The first look from `from` on at which it scales in. */
function firstIn(all: readonly number[], from: number): number {
  const found = all.findIndex((members, index) => index >= from && members < (all[index - 1] ?? 4));
  return found === -1 ? all.length : found;
}
