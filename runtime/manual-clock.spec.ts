import { describe, expect, it } from 'vitest';
import { sleep } from './clock.ts';
import { ManualClock } from './manual-clock.ts';

describe('a manual clock', () => {
  it('runs what comes due in order of time, then of creation', () => {
    const clock = new ManualClock();
    const ran: string[] = [];
    clock.after(20, () => ran.push('late'));
    clock.after(10, () => ran.push('first'));
    clock.after(10, () => ran.push('second'));
    clock.advance(15);
    expect(ran).toEqual(['first', 'second']);
    clock.advance(5);
    expect(ran).toEqual(['first', 'second', 'late']);
    expect(clock.pending).toBe(0);
  });

  it('repeats an interval at its own times, also when moved far at once', () => {
    const clock = new ManualClock();
    const atMs: number[] = [];
    const stop = clock.every(10, () => atMs.push(clock.monotonicMs()));
    clock.advance(35);
    stop();
    clock.advance(100);
    expect(atMs).toEqual([10, 20, 30]);
  });

  it('does not run what was cancelled, and lets timers make timers', async () => {
    const clock = new ManualClock();
    const ran: string[] = [];
    const cancel = clock.after(5, () => ran.push('cancelled'));
    clock.after(1, () => {
      cancel();
      clock.after(1, () => ran.push('made by a timer'));
    });
    const slept = sleep(clock, 10).then(() => ran.push('slept'));
    clock.advance(10);
    await slept;
    expect(ran).toEqual(['made by a timer', 'slept']);
  });
});
