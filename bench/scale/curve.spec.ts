import { describe, expect, it } from 'vitest';
import { loadCurve } from './curve.ts';

const peak = { subscriptions: 400, publishesPerSecond: 100 };
const curve = loadCurve(200, peak);
const at = (name: string) => curve.phases.find((it) => it.name === name)?.fromSecond ?? Number.NaN;

describe('the curve of the load', () => {
  it('grows step by step, and jumps', () => {
    expect(curve.at(0)).toEqual({ subscriptions: 40, publishesPerSecond: 10 });
    const halfway = (at('ramp') + at('plateau')) / 2;
    expect(curve.at(halfway).subscriptions).toBe(140);
    expect(curve.at(at('plateau')).subscriptions).toBe(240);
    expect(curve.at(at('spike') - 1).subscriptions).toBe(240);
    expect(curve.at(at('spike') + 5)).toEqual(peak);
  });

  it('goes again, and stays small', () => {
    expect(curve.at(at('fall') - 1)).toEqual(peak);
    expect(curve.at(at('fall') + 25).subscriptions).toBe(40);
    expect(curve.at(1_000).subscriptions).toBe(40);
  });
});
