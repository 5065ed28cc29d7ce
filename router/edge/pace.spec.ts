import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paceStep } from './pace.ts';

describe('the pace at which streams are ended', () => {
  it('is even, and everything is ended when the window closes, whatever its numbers', () => {
    const input = fc.record({
      streams: fc.nat(100_000),
      steps: fc.integer({ min: 1, max: 200 }),
      stepMs: fc.integer({ min: 10, max: 1_000 }),
    });
    fc.assert(
      fc.property(input, ({ streams, steps, stepMs }) => {
        const windowMs = steps * stepMs;
        let open = streams;
        let carry = 0;
        for (let taken = 0; taken < steps; taken += 1) {
          const sinceStartMs = taken * stepMs;
          const next = paceStep({ open, sinceStartMs, windowMs, stepMs, carry });
          open -= next.count;
          carry = next.carry;
          const fair = streams * (1 - (taken + 1) / steps);
          expect(Math.abs(open - fair)).toBeLessThan(1.001);
        }
        expect(open).toBe(0);
      }),
    );
  });

  it('catches up with streams that come in the middle and steps that are late', () => {
    const step = { windowMs: 1_000, stepMs: 100, carry: 0 };
    expect(paceStep({ ...step, open: 10, sinceStartMs: 0 }).count).toBe(1);
    expect(paceStep({ ...step, open: 50, sinceStartMs: 500 }).count).toBe(10);
    expect(paceStep({ ...step, open: 50, sinceStartMs: 1_500 }).count).toBe(50);
  });
});
