import { describe, expect, it } from 'vitest';
import { type Case, compare, verdictOf } from './compare.ts';
import { type Look, run } from './model.ts';
import { ours } from './ours.ts';
import { specOf } from './spec.ts';
import { summary, table } from './table.ts';

const tier = { tier: 'router', peak: 60, startSeconds: 45, unseen: false } as const;

/** Before a wave begins. */
const calmSeconds = 1800;

function rows(traces: readonly string[], change: Partial<Case> = {}) {
  return [1, 2].flatMap((seed) => [
    ...compare({ ...tier, seed, ...change }, (trace) => traces.includes(trace)),
  ]);
}

describe('the autoscaler in a model', () => {
  it.each(['router', 'storage'] as const)(
    'makes four changes of a %s tier at most in ten minutes of a wave of 60 s across its target',
    (which) => {
      for (const [low, high] of [
        [0.35, 0.55],
        [0.2, 0.8],
        [0.48, 0.52],
      ] as const) {
        for (let seed = 1; seed <= 5; seed += 1) {
          const isLow = (second: number) => second < calmSeconds || (second + 11 * seed) % 60 < 30;
          const load = (second: number) => 60 * (isLow(second) ? low : high);
          const changes: number[] = [];
          const scaler = ours(specOf(which, 120), 45);
          const watched = (look: Look) => {
            const members = scaler(look);
            if (look.second >= calmSeconds && members !== look.fleet.size) changes.push(members);
            return members;
          };
          const trace = { name: 'wave', seconds: calmSeconds + 600, load };
          run(trace, watched, { startSeconds: 45, seed });
          expect(
            changes.length,
            `${low} to ${high}, seed ${seed}: ${changes.join(' ')}`,
          ).toBeLessThanOrEqual(4);
        }
      }
    },
  );

  it('is fewer seconds over capacity than the HPA, at no more member-hours, where docs/scaling.md says so', () => {
    const traces = ['spikes', 'flash crowd', 'square wave of 60 s'];
    const all = rows(traces);
    expect(all).toHaveLength(6);
    expect(all.filter((row) => verdictOf(row) !== 'won')).toEqual([]);
    const storage = rows(['square wave of 20 min'], { tier: 'storage' });
    expect(storage.filter((row) => verdictOf(row) !== 'won')).toEqual([]);
  });

  it('meets a wave that comes again with fewer seconds over capacity, at about as many member-hours', () => {
    for (const { ours: own, hpa } of rows(['square wave of 20 min'], { peak: 100 })) {
      expect(own.secondsOver).toBeLessThan(0.7 * hpa.secondsOver);
      expect(own.hours).toBeLessThan(1.01 * hpa.hours);
    }
  });

  it('tells all of it in a table', () => {
    const all = rows(['flash crowd']);
    const [header, ...lines] = table(all, { coloured: false });
    expect(header).toMatch(/^tier +peak +start +trace +seed +hours +HPA/);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^router +60 +45 s +flash crowd +1 .* won$/);
    expect(table(all, { coloured: true })[1]).toContain('\u001b[32m');
    expect(summary(all)).toMatch(/^2 traces: 2 won, 0 even, 0 lost; member-hours \d+ \(HPA \d+\)/);
  });
});
