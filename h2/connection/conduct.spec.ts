import { describe, expect, it } from 'vitest';
import type { ConductLimits, Nuisance } from '../limits.ts';
import { Conduct } from './conduct.ts';

const limits: ConductLimits = {
  resetsPerSecondMax: 2,
  settingsPerSecondMax: 2,
  pingsPerSecondMax: 2,
  emptyDataPerSecondMax: 2,
  windowUpdatesPerSecondMax: 2,
  prioritiesPerSecondMax: 2,
  unknownFramesPerSecondMax: 2,
  conductMs: 5_000,
};

const nuisances: readonly Nuisance[] = [
  'resets',
  'settings',
  'pings',
  'empty-data',
  'window-updates',
  'priorities',
  'unknown-frames',
];

function times(conduct: Conduct, nuisance: Nuisance, count: number): boolean {
  let isGood = true;
  for (let counted = 0; counted < count; counted += 1) isGood = conduct.count(nuisance);
  return isGood;
}

describe.each(nuisances)('the conduct of a client: %s', (nuisance) => {
  it('may come at once for as many seconds as are averaged, and not once more', () => {
    const conduct = new Conduct(limits);
    expect(times(conduct, nuisance, 10)).toBe(true);
    expect(conduct.count(nuisance)).toBe(false);
  });

  it('is good for ever at the rate that is allowed', () => {
    const conduct = new Conduct(limits);
    times(conduct, nuisance, 8);
    for (let second = 0; second < 1_000; second += 1) {
      conduct.pass(500);
      conduct.pass(500);
      expect(times(conduct, nuisance, 2)).toBe(true);
    }
    expect(times(conduct, nuisance, 3)).toBe(false);
  });

  it('is not held against it for anything else', () => {
    const conduct = new Conduct(limits);
    times(conduct, nuisance, 100);
    for (const other of nuisances) expect(conduct.count(other)).toBe(other !== nuisance);
  });
});
