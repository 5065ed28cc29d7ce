import { describe, expect, it } from 'vitest';
import { type Attempt, learn, type RefusalMemory, Refusals } from './refusals.ts';

const policy = { refusedMsMin: 1000, refusedMsMax: 30_000 };
const what = 'Service demo';
const refused = (message = 'no', wanted: object = {}): Attempt => {
  return { what, wanted, refusal: { code: 'ApplyFailed', message } };
};
const done: Attempt = { what, wanted: {}, refusal: undefined };
const none: RefusalMemory = new Map();

describe('what was refused', () => {
  it('is tried again after a pause that doubles up to its bound', () => {
    const pauses: number[] = [];
    let memory = none;
    for (let nowMs = 0; pauses.length < 8; nowMs += pauses.at(-1) ?? 0) {
      expect(new Refusals(memory, nowMs).holdBack(what, {})).toBe(false);
      memory = learn(memory, [refused()], nowMs, policy);
      const refusals = new Refusals(memory, nowMs);
      expect(refusals.holdBack(what, {})).toBe(true);
      pauses.push(refusals.nextMs ?? 0);
    }
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('is tried at once when something else is wanted', () => {
    const refusals = new Refusals(learn(none, [refused('no', { size: 1 })], 0, policy), 0);
    expect(refusals.holdBack(what, { size: 2 })).toBe(false);
    expect(refusals.nextMs).toBeUndefined();
    // It is still what was refused, until the attempt is over.
    expect(refusals.memory.get(what)?.why).toBe('no');
  });

  it('is forgotten once it is written, and begins anew when it is refused again', () => {
    const twice = learn(learn(none, [refused()], 0, policy), [refused()], 0, policy);
    expect(twice.get(what)?.times).toBe(2);
    const written = learn(twice, [done], 0, policy);
    expect(written.size).toBe(0);
    expect(learn(written, [refused()], 0, policy).get(what)?.times).toBe(1);
  });

  it('is forgotten when nobody wants it any more', () => {
    const refusals = new Refusals(learn(none, [refused()], 0, policy), 0);
    expect(refusals.holdBack('Service other', {})).toBe(false);
    expect(refusals.memory.size).toBe(0);
  });

  it('is told in no more than 300 characters', () => {
    const [refusal] = learn(none, [refused('x'.repeat(5000))], 0, policy).values();
    expect(refusal?.why).toHaveLength(300);
    expect(refusal?.why).toMatch(/x\.\.\.$/);
  });
});
