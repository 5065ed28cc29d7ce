import { describe, expect, it } from 'vitest';
import { Waits } from './waits.ts';

describe('Waits', () => {
  it('counts from when something was first said to be so', () => {
    const first = new Waits(new Map(), 1000);
    expect(first.reached('a', 500)).toBe(false);
    expect(first.nextMs).toBe(500);
    const second = new Waits(first.memory, 1400);
    expect(second.reached('a', 500)).toBe(false);
    expect(second.nextMs).toBe(100);
    const third = new Waits(second.memory, 1500);
    expect(third.reached('a', 500)).toBe(true);
    expect(third.nextMs).toBeUndefined();
  });

  it('forgets what a plan did not speak of', () => {
    const first = new Waits(new Map(), 0);
    first.reached('a', 500);
    const silent = new Waits(first.memory, 400);
    const third = new Waits(silent.memory, 600);
    expect(third.reached('a', 500)).toBe(false);
  });

  it('says which limit comes first', () => {
    const waits = new Waits(new Map([['b', -300]]), 0);
    waits.reached('a', 500);
    waits.reached('b', 500);
    expect(waits.nextMs).toBe(200);
    expect(waits.memory).toEqual(
      new Map([
        ['a', 0],
        ['b', -300],
      ]),
    );
  });

  it('has reached a limit of 0 at once', () => {
    expect(new Waits(new Map(), 7).reached('a', 0)).toBe(true);
  });
});
