import { describe, expect, it } from 'vitest';
import { ResetAllowance } from './reset-allowance.ts';

describe('the allowance of resets', () => {
  it('takes a burst, and then as many as time gives back', () => {
    const allowance = new ResetAllowance();
    let taken = 0;
    while (allowance.take(0)) taken += 1;
    expect(taken).toBe(800);
    expect(allowance.take(20)).toBe(false);
    expect(allowance.take(1_000)).toBe(true);
    let more = 0;
    while (allowance.take(1_000)) more += 1;
    expect(more).toBe(31);
  });

  it('is full again after a while, never more', () => {
    const allowance = new ResetAllowance();
    while (allowance.take(0));
    let taken = 0;
    while (allowance.take(3_600_000)) taken += 1;
    expect(taken).toBe(800);
  });
});
