import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../runtime/index.ts';
import { type Deadline, DeadlineWheel } from './deadlines.ts';

const tickMs = 25;

function wheel(): { clock: ManualClock; wheel: DeadlineWheel } {
  const clock = new ManualClock();
  return { clock, wheel: new DeadlineWheel(clock, tickMs) };
}

describe('a deadline', () => {
  it('is due at its time or up to a tick before, once, and not when cancelled', () => {
    const scheduled = fc.record({
      atMs: fc.nat(30_000),
      delayMs: fc.nat(40_000),
      cancelled: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(scheduled, { maxLength: 30 }), (all) => {
        const { clock, wheel: under } = wheel();
        const due: number[][] = all.map(() => []);
        for (const [index, { atMs, delayMs, cancelled }] of all.entries()) {
          clock.after(atMs, () => {
            const timed = { deadlineDue: () => void due[index]?.push(clock.monotonicMs()) };
            const deadline = under.schedule(delayMs, timed);
            if (cancelled) under.cancel(deadline);
          });
        }
        clock.advance(80_000);
        for (const [index, { atMs, delayMs, cancelled }] of all.entries()) {
          expect(due[index]).toHaveLength(cancelled ? 0 : 1);
          if (cancelled) continue;
          const lateMs = (due[index]?.[0] ?? 0) - (atMs + delayMs);
          expect(lateMs).toBeGreaterThan(-tickMs);
          // The present tick is over, so what is due now is due at the next; the timer starts with the first deadline.
          expect(lateMs).toBeLessThanOrEqual(2 * tickMs);
        }
        expect(under.size).toBe(0);
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('may cancel others, and schedule new ones, when it is due', () => {
    const { clock, wheel: under } = wheel();
    const due: string[] = [];
    let second: Deadline | undefined;
    under.schedule(100, {
      deadlineDue: () => {
        due.push('first');
        under.cancel(second);
        under.schedule(0, { deadlineDue: () => due.push('third') });
      },
    });
    second = under.schedule(100, { deadlineDue: () => due.push('second') });
    clock.advance(100);
    clock.advance(100);
    expect(due).toEqual(['first', 'third']);
    expect(clock.pending).toBe(0);
  });

  it('is not missed when the process stalled', () => {
    let nowMs = 0;
    let turn = (): void => {};
    const stalled = new DeadlineWheel(
      {
        monotonicMs: () => nowMs,
        wallMs: () => nowMs,
        after: () => () => {},
        every: (_ms, action) => {
          turn = action;
          return () => {};
        },
        turn: () => {},
      },
      tickMs,
    );
    let due = 0;
    for (let ms = 0; ms < 60_000; ms += 997)
      stalled.schedule(ms, { deadlineDue: () => (due += 1) });
    nowMs = 60_000;
    turn();
    expect(due).toBe(61);
  });
});
