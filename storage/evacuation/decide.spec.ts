import { describe, expect, it } from 'vitest';
import { decideEnd, type Situation } from './decide.ts';

const bounds = { evacuateMsMax: 50_000, unattendedMsMax: 15_000, partMsMax: 5000 };
const busy: Situation = {
  needed: true,
  unneededMs: 0,
  released: false,
  withoutLinksMs: 0,
  unaskedMs: 0,
  waitedMs: 0,
};

describe('a storage node that was told to end', () => {
  it.each<[string, Partial<Situation>, string]>([
    ['waits while it is needed and has links', { waitedMs: 49_999 }, 'wait'],
    ['waits for routers while an operator is there', { withoutLinksMs: 49_999 }, 'wait'],
    ['waits for an operator while routers are there', { unaskedMs: 49_999 }, 'wait'],
    ['waits for both to come back', { withoutLinksMs: 14_999, unaskedMs: 15_000 }, 'wait'],
    ['ends when no topology needs it', { needed: false, withoutLinksMs: 1 }, 'empty'],
    ['answers routers that have not parted yet', { needed: false, unneededMs: 4999 }, 'wait'],
    ['ends when routers do not part', { needed: false, unneededMs: 5000 }, 'empty'],
    ['ends when both are away for long', { withoutLinksMs: 15_000, unaskedMs: 15_000 }, 'now'],
    ['ends when the operator says that nobody can take them', { released: true }, 'now'],
    [
      'loses nothing then if they are elsewhere',
      { released: true, needed: false, withoutLinksMs: 1 },
      'empty',
    ],
    ['ends when it took too long', { waitedMs: 50_000 }, 'now'],
  ])('%s', (_what, change, expected) => {
    expect(decideEnd({ ...busy, ...change }, bounds).is).toBe(expected);
  });
});
