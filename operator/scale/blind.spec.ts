import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import type { ScaleInput } from './decision.ts';
import type { Verdict } from './judge.ts';
import { withStep } from './memory.ts';
import {
  noonMs,
  type SpecChange,
  sampleInput,
  sampleLoad,
  sampleScaling,
  steadily,
} from './testing.ts';

const failed: Verdict = { kind: 'unknown', reason: 'QueryFailed', message: 'HTTP 500' };

function partial(load: number): Verdict {
  const atLeast = { ...sampleLoad(load, 10), reporting: 5 };
  return { kind: 'unknown', reason: 'PartialData', message: '5 of 10 members report', atLeast };
}

function known(load: number): Verdict {
  return { kind: 'known', load: sampleLoad(load, 10) };
}

function blind(verdict: Verdict, change: Partial<ScaleInput> = {}, spec: SpecChange = {}) {
  return decide(sampleInput(10, 0, { spec: sampleScaling(spec), verdict, ...change }));
}

/** Known until a minute ago; one came so long ago. */
const added = (agoMs: number) => {
  const memory = { ...steadily(1), lastMs: noonMs - 60_000 };
  return withStep(memory, { atMs: noonMs - agoMs, from: 9, to: 10 });
};

describe('while the load is not known', () => {
  it('nothing changes', () => {
    expect(blind(failed)).toMatchObject({
      desired: 10,
      reason: 'MetricsUnknown',
      message: 'stays at 10: HTTP 500',
      unknown: 'QueryFailed',
      recommended: undefined,
      inputs: undefined,
    });
  });

  it('nothing goes, whatever another source says', () => {
    expect(blind(failed, { fallback: known(0) }).desired).toBe(10);
    expect(blind(partial(0)).desired).toBe(10);
  });

  it('one member comes when those that report carry more than all should', () => {
    const { desired, message } = blind(partial(30));
    expect(desired).toBe(11);
    expect(message).toBe(
      '10 -> 11: 5 of 10 members report, but those that report carry 30.00 members of cpu',
    );
    expect(blind(partial(8.3)).desired).toBe(10);
  });

  it('no second one comes on their word until the load was known again', () => {
    expect(blind(partial(30), { memory: added(59_000) }).desired).toBe(10);
    expect(blind(partial(30), { memory: added(60_000) }).desired).toBe(11);
    expect(blind(partial(30), { memory: { ...added(600_000), lastMs: undefined } }).desired).toBe(
      10,
    );
  });

  it('one member a minute comes on the word of another source', () => {
    const { desired, message } = blind(failed, { fallback: known(30) });
    expect(desired).toBe(11);
    expect(message).toContain('the members themselves say they carry 30.00 members of cpu');
    expect(blind(failed, { fallback: known(30), memory: added(59_000) }).desired).toBe(10);
    expect(blind(failed, { fallback: known(30), memory: added(60_000) }).desired).toBe(11);
  });

  it('one member comes also when the other source tells of a jump', () => {
    const fallback: Verdict = {
      kind: 'unknown',
      reason: 'Absurd',
      message: 'cpu went up',
      doubted: sampleLoad(50, 10),
    };
    expect(blind(failed, { fallback }).desired).toBe(11);
    expect(blind(failed, { fallback: partial(50) }).desired).toBe(10);
  });

  it('a step of the future counts as one just now', () => {
    expect(blind(failed, { fallback: known(30), memory: added(-1000) }).desired).toBe(10);
  });

  it('no member comes beyond the maximum, or while scaling out is paused', () => {
    const fallback = known(30);
    const full = blind(failed, { fallback }, { max: 10 });
    expect(full.desired).toBe(10);
    expect(full.message).toContain('at most 10 are allowed');
    expect(blind(failed, { fallback }, { out: { paused: true } }).desired).toBe(10);
  });
});
