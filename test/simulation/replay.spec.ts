import { describe, expect, it } from 'vitest';
import { simulate } from './run.ts';
import type { Kind } from './schedule.ts';

const kinds: readonly Kind[] = ['planned', 'leaders', 'leaderless', 'network', 'full', 'faults'];

describe('a seed', { timeout: 60_000 }, () => {
  it.each(kinds)(
    'of kind %s lives through the same events every time, told or not',
    async (kind) => {
      for (const seed of [3, 8]) {
        const first = await simulate(kind, seed);
        const second = await simulate(kind, seed, { recording: true });
        expect(first.trace).toEqual([]);
        expect(second.trace.length).toBeGreaterThan(100);
        expect({ ...second, trace: [] }).toEqual(first);
      }
    },
  );

  it('lives another life than the next one', async () => {
    const [one, other] = [await simulate('faults', 3), await simulate('faults', 4)];
    expect(one.hash).not.toBe(other.hash);
  });

  it('is a life worth looking at', async () => {
    const { counts, events } = await simulate('planned', 3);
    expect(events).toBeGreaterThan(1_000);
    expect(counts.acked).toBeGreaterThan(10);
    expect(counts.delivered).toBeGreaterThan(10);
  });
});
