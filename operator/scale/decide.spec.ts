import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import type { ScaleInput } from './decision.ts';
import { noMemory, withStep } from './memory.ts';
import {
  noonMs,
  type SpecChange,
  sampleInput,
  sampleLoad,
  sampleScaling,
  steadily,
} from './testing.ts';

function decided(
  current: number,
  load: number,
  spec: SpecChange = {},
  change: Partial<ScaleInput> = {},
) {
  const input = sampleInput(current, load, { spec: sampleScaling(spec), ...change });
  const { desired, reason, message } = decide(input);
  return { desired, reason, message };
}

const stepped = (from: number, to: number, agoMs: number) =>
  withStep(steadily(1), { atMs: noonMs - agoMs, from, to });

describe('scaling out', () => {
  it('aims at the target, and says from what', () => {
    expect(decided(10, 10)).toEqual({
      desired: 13,
      reason: 'LoadHigh',
      message: '10 -> 13: cpu needs 10.00 members (100 % of cpu in use, target 80 %)',
    });
  });

  it('leaves alone what is off the target by no more than the tolerance', () => {
    expect(decided(10, 8.39)).toMatchObject({ desired: 10, reason: 'OnTarget' });
    expect(decided(10, 8.41)).toMatchObject({ desired: 11, reason: 'LoadHigh' });
  });

  it('counts members that start', () => {
    const verdict = { kind: 'known', load: sampleLoad(10, 8) } as const;
    expect(decided(13, 10, {}, { verdict }).desired).toBe(13);
  });

  it('follows the dimension that asks for most', () => {
    const [cpu] = sampleLoad(2, 10).dimensions;
    const load = {
      ...sampleLoad(2, 10),
      dimensions: [cpu, { ...cpu, dimension: 'memory', load: 12 }] as const,
    };
    const { desired, message } = decided(10, 0, {}, { verdict: { kind: 'known', load } });
    expect(desired).toBe(15);
    expect(message).toContain('memory needs 12.00 members');
  });

  it('keeps a spare member, so that the others are not full when one is lost', () => {
    expect(decided(2, 1.5).desired).toBe(3);
    expect(decided(3, 1.5, { spare: 2 }).desired).toBe(4);
  });

  it('stops at the maximum', () => {
    const wish = { desired: 12, reason: 'AtMaximum' };
    expect(decided(10, 10, { max: 12 }).desired).toBe(12);
    expect(decided(12, 12, { max: 12 })).toMatchObject(wish);
  });

  it('does not wait for what was right a moment ago when nothing is to be waited for', () => {
    const before = decide(sampleInput(3, 1, { nowMs: noonMs, memory: noMemory }));
    const nowMs = noonMs + 5_000;
    const later = decide(sampleInput(3, 3, { nowMs, memory: before.memory }));
    expect(later).toMatchObject({ desired: 4, reason: 'LoadHigh' });
  });

  it('takes no more than a step in a period', () => {
    const out = { stepMembers: 2, stepPart: 0.1, periodMs: 60_000 };
    expect(decided(10, 16, { out }).desired).toBe(12);
    expect(decided(12, 16, { out }, { memory: stepped(10, 12, 59_000) })).toMatchObject({
      desired: 12,
      reason: 'Stabilising',
    });
    expect(decided(12, 16, { out }, { memory: stepped(10, 12, 60_000) }).desired).toBe(14);
    expect(decided(40, 60, { out }).desired).toBe(44);
  });

  it('waits until more was right for all of its stabilisation', () => {
    const out = { stabilisationMs: 60_000 };
    const waits = { desired: 10, reason: 'Stabilising' };
    expect(decided(10, 10, { out })).toMatchObject(waits);
    expect(decided(10, 10, { out }, { memory: noMemory })).toMatchObject(waits);
    expect(decided(10, 10, { out }, { memory: steadily(12) }).desired).toBe(12);
  });

  it('does nothing while it is paused', () => {
    expect(decided(10, 10, { out: { paused: true } })).toMatchObject({
      desired: 10,
      reason: 'Paused',
    });
  });

  it('is not kept by what goes on', () => {
    expect(decided(10, 10, {}, { busy: 'a move is under way' }).desired).toBe(13);
  });

  it('raises what is below the minimum at once, also when nothing is known', () => {
    const verdict = { kind: 'unknown', reason: 'NoData', message: '' } as const;
    expect(decided(1, 0, { min: 5 }, { verdict })).toMatchObject({
      desired: 5,
      reason: 'AtMinimum',
    });
    expect(decided(1, 0, { min: 9, max: 5 }, { verdict }).desired).toBe(5);
    expect(decided(5, 0, { min: 9, max: 5 }, { verdict }).desired).toBe(5);
  });
});

describe('a hot member', () => {
  function hot(current: number, load: number, ratio: number, change: Partial<ScaleInput> = {}) {
    const [cpu] = sampleLoad(load, current).dimensions;
    const dimensions = [{ ...cpu, hottest: { member: 'demo-router-7', ratio } }] as const;
    const verdict = { kind: 'known', load: { ...sampleLoad(load, current), dimensions } } as const;
    return decided(current, load, {}, { verdict, ...change });
  }

  it('gets one more beside it', () => {
    const one = hot(10, 7, 0.95);
    expect(one).toMatchObject({ desired: 11, reason: 'MemberHot' });
    expect(one.message).toContain('demo-router-7 is 95 % full of cpu');
    expect(hot(10, 7.8, 0.9).desired).toBe(10);
  });

  it('gets another one only when that had time to help', () => {
    expect(hot(11, 8, 0.95, { memory: stepped(10, 11, 79_000) }).desired).toBe(11);
    expect(hot(11, 8, 0.95, { memory: stepped(10, 11, 81_000) }).desired).toBe(12);
  });

  it('does not fill the cluster with members that do not cool it', () => {
    expect(hot(12, 8, 1.5).desired).toBe(13);
    expect(hot(13, 8, 1.5).desired).toBe(13);
  });

  it('keeps those beside it that it would be too hot without', () => {
    expect(hot(10, 4, 0.6).desired).toBe(7);
    expect(hot(10, 4, 0.9)).toMatchObject({ desired: 10, reason: 'OnTarget' });
  });
});

describe('scaling in', () => {
  it('goes down to the target', () => {
    expect(decided(10, 4)).toMatchObject({ desired: 5, reason: 'LoadLow' });
  });

  it('leaves alone what is off the target by no more than the tolerance', () => {
    expect(decided(10, 6.47)).toMatchObject({ desired: 9 });
    expect(decided(10, 6.49)).toMatchObject({ desired: 10, reason: 'OnTarget' });
  });

  it.each([
    ['a move', 'topics move'],
    ['a start', '1 router starts'],
  ])('waits for %s', (_, busy) => {
    const { desired, reason, message } = decided(10, 4, {}, { busy });
    expect({ desired, reason }).toEqual({ desired: 10, reason: 'Busy' });
    expect(message).toContain(busy);
  });

  it('stops at the minimum', () => {
    expect(decided(10, 1, { min: 7 }).desired).toBe(7);
    expect(decided(7, 1, { min: 7 })).toMatchObject({ desired: 7, reason: 'AtMinimum' });
  });

  it('goes no further than what was right in its stabilisation, and what would carry the last peak', () => {
    expect(decided(10, 4, {}, { memory: steadily(10) })).toMatchObject({ reason: 'Stabilising' });
    expect(decided(10, 4, {}, { memory: steadily(8) }).desired).toBe(8);
    const peak = {
      ...steadily(8),
      recommendations: [
        { atMs: noonMs - 900_000, least: 15, most: 15 },
        { atMs: noonMs - 400_000, least: 2, most: 2 },
      ],
    };
    expect(decided(20, 4, {}, { memory: peak }).desired).toBe(12);
    expect(decided(12, 4, {}, { memory: peak })).toMatchObject({
      desired: 12,
      reason: 'Stabilising',
    });
    const past = { ...peak, recommendations: peak.recommendations.slice(1) };
    expect(decided(20, 4, {}, { memory: past }).desired).toBe(5);
    const soon = { in: { stabilisationMs: 60_000 } };
    expect(decided(20, 4, soon, { memory: peak }).desired, 'four times as long').toBe(5);
  });

  it('forgets a peak sooner where the stabilisation is short', () => {
    const peak = {
      ...steadily(2),
      recommendations: [
        { atMs: noonMs - 300_000, least: 15, most: 15 },
        { atMs: noonMs - 100_000, least: 2, most: 2 },
      ],
    };
    const into = { stabilisationMs: 20_000 };
    expect(decided(10, 4, { in: into }, { memory: peak }).desired).toBe(5);
    expect(decided(10, 4, { in: { stabilisationMs: 60_000 } }, { memory: peak }).desired).toBe(10);
  });

  it('remembers the dimension that needed most, also while another one is expected to', () => {
    const atMs = [4, 3, 2, 1, 0].map((ago) => noonMs - ago * 15_000);
    const history = atMs.map((at, index) => {
      const [cpu] = sampleLoad(6, 10).dimensions;
      const streams = { ...cpu, dimension: 'streams', load: 4 + index * 0.4 };
      return { ...sampleLoad(6, 10, at), dimensions: [cpu, streams] as const };
    });
    const verdict = { kind: 'known', load: history[4] ?? sampleLoad(6, 10) } as const;
    const spec = sampleScaling({ forecast: true });
    const made = decide(sampleInput(10, 6, { spec, verdict, history }));
    expect(made.inputs?.dimension).toBe('streams');
    expect(made.memory.recommendations.at(-1)?.most).toBe(8);
  });

  it('takes the last peak from what was carried, where that is known, and not from whole members', () => {
    const peak = {
      ...steadily(8),
      recommendations: [
        { atMs: noonMs - 900_000, least: 15, most: 15 },
        { atMs: noonMs - 400_000, least: 2, most: 2 },
      ],
    };
    const carried = (agoMs: number, load: number) => sampleLoad(load, 20, noonMs - agoMs);
    const history = [carried(660_000, 11), carried(400_000, 9.3), carried(0, 4)];
    expect(decided(20, 4, {}, { memory: peak, history }).desired).toBe(11);
    expect(decided(20, 4, {}, { memory: peak, history: history.slice(1) }).desired).toBe(12);
  });

  it('waits when it does not know what was right', () => {
    expect(decided(10, 4, {}, { memory: noMemory })).toMatchObject({ reason: 'Stabilising' });
  });

  it('does nothing while it is paused', () => {
    expect(decided(10, 4, { in: { paused: true } })).toMatchObject({
      desired: 10,
      reason: 'Paused',
    });
  });

  it('takes no more than a step in a period', () => {
    const into = { stepMembers: 2, stepPart: 0, periodMs: 60_000 };
    expect(decided(10, 4, { in: into }).desired).toBe(8);
    const waits = decided(8, 4, { in: into }, { memory: stepped(10, 8, 59_000) });
    expect(waits).toMatchObject({ desired: 8, reason: 'Stabilising' });
  });

  it('obeys a lowered maximum at once', () => {
    expect(decided(10, 9, { max: 6 }, { busy: 'topics move' })).toMatchObject({
      desired: 6,
      reason: 'AtMaximum',
    });
  });
});

describe('members that go one by one', () => {
  const oneByOne = { oneByOne: true, in: { stepMembers: 5, stepPart: 1 } };

  it('do so whatever the steps say', () => {
    expect(decided(10, 4, oneByOne).desired).toBe(9);
    expect(decided(9, 4, oneByOne, { memory: stepped(10, 9, 59_000) }).desired).toBe(9);
  });

  it('do so when the maximum is lowered, also while nothing is known, and wait for what goes on', () => {
    const verdict = { kind: 'unknown', reason: 'Stale', message: 'old' } as const;
    const low = { ...oneByOne, max: 6 };
    expect(decided(10, 9, low, { verdict }).desired).toBe(9);
    expect(decided(9, 9, low, { memory: stepped(10, 9, 59_000) }).desired).toBe(9);
    expect(decided(10, 9, low, { busy: 'topics move' })).toMatchObject({
      desired: 10,
      reason: 'Busy',
    });
  });
});
