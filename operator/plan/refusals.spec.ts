import { describe, expect, it } from 'vitest';
import { absentVersion } from '../store.ts';
import { type Attempt, learn, type RefusalMemory, Refusals } from './refusals.ts';

const policy = { refusedMsMin: 1000, refusedMsMax: 30_000 };
const what = 'Service demo';
const over = '7';
const refused = (message = 'no', wanted: object = {}): Attempt => {
  return { what, wanted, over, refusal: { code: 'ApplyFailed', message } };
};
const done: Attempt = { what, wanted: {}, over, refusal: undefined };
const none: RefusalMemory = new Map();

describe('what was refused', () => {
  it('is tried again after a pause that doubles up to its bound', () => {
    const pauses: number[] = [];
    let memory = none;
    for (let nowMs = 0; pauses.length < 8; nowMs += pauses.at(-1) ?? 0) {
      expect(new Refusals(memory, nowMs).holdBack(what, {}, over)).toBe(false);
      memory = learn(memory, [refused()], nowMs, policy);
      const refusals = new Refusals(memory, nowMs);
      expect(refusals.holdBack(what, {}, over)).toBe(true);
      pauses.push(refusals.nextMs ?? 0);
    }
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('is tried at once when something else is wanted', () => {
    const refusals = new Refusals(learn(none, [refused('no', { size: 1 })], 0, policy), 0);
    expect(refusals.holdBack(what, { size: 2 }, over)).toBe(false);
    expect(refusals.nextMs).toBeUndefined();
    // It is still what was refused, until the attempt is over.
    expect(refusals.memory.get(what)?.why).toBe('no');
  });

  it('is forgotten, and made at once, when the object that it was refused of is gone', () => {
    const twice = learn(learn(none, [refused()], 0, policy), [refused()], 0, policy);
    const refusals = new Refusals(twice, 0);
    expect(refusals.holdBack(what, {}, absentVersion)).toBe(false);
    expect(refusals.memory.size).toBe(0);
  });

  it('is tried a second later, and no sooner, when the object is another than it was', () => {
    let memory = none;
    for (let n = 0; n < 6; n++) memory = learn(memory, [refused()], 0, policy);
    const early = new Refusals(memory, 999);
    expect([early.holdBack(what, {}, '8'), early.nextMs]).toEqual([true, 1]);
    const late = new Refusals(memory, 1000);
    expect(late.holdBack(what, {}, '8')).toBe(false);
    expect(late.memory.get(what)?.times).toBe(6);
    // One that changes all the time is tried no more often; one that rests has its pause.
    memory = learn(late.memory, [{ ...refused(), over: '8' }], 1000, policy);
    expect(new Refusals(memory, 1999).holdBack(what, {}, '9')).toBe(true);
    expect(new Refusals(memory, 30_999).holdBack(what, {}, '8')).toBe(true);
    expect(new Refusals(memory, 31_000).holdBack(what, {}, '8')).toBe(false);
  });

  it("is tried every 5 s when the name is somebody else's, whose objects are not watched", () => {
    const taken: Attempt = {
      ...refused(),
      over: absentVersion,
      refusal: { code: 'NameTaken', message: 'no' },
    };
    let memory = none;
    for (let n = 0; n < 9; n++) memory = learn(memory, [taken], 0, policy);
    expect(new Refusals(memory, 4999).holdBack(what, {}, absentVersion)).toBe(true);
    expect(new Refusals(memory, 5000).holdBack(what, {}, absentVersion)).toBe(false);
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
    expect(refusals.holdBack('Service other', {}, over)).toBe(false);
    expect(refusals.memory.size).toBe(0);
  });

  it('is told in no more than 300 characters', () => {
    const [refusal] = learn(none, [refused('x'.repeat(5000))], 0, policy).values();
    expect(refusal?.why).toHaveLength(300);
    expect(refusal?.why).toMatch(/x\.\.\.$/);
  });
});
