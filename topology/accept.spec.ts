import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideOffer } from './accept.ts';
import { sampleTopology } from './sample.ts';
import { compareVersions } from './version.ts';

const cluster = 'default/demo/uid-1';
const at = (term: number, epoch: number) => sampleTopology({ version: { term, epoch } });

describe('decideOffer', () => {
  it.each([
    ['the first', undefined, at(1, 1), 'applied', ''],
    ['a newer epoch', at(1, 1), at(1, 2), 'applied', ''],
    ['a newer term with a lower epoch', at(1, 9), at(2, 1), 'applied', ''],
    ['the same', at(1, 2), at(1, 2), 'known', ''],
    ['an older epoch', at(1, 3), at(1, 2), 'stale', 'version 1.2 is older than 1.3, which is held'],
    [
      'an older term with a higher epoch',
      at(2, 1),
      at(1, 9),
      'stale',
      'version 1.9 is older than 2.1, which is held',
    ],
    ['nothing', at(1, 1), undefined, 'invalid', 'no topology was given'],
    [
      'one of another cluster',
      undefined,
      sampleTopology({ cluster: 'default/demo/uid-2' }),
      'invalid',
      'this process belongs to cluster default/demo/uid-1, the topology to default/demo/uid-2',
    ],
    [
      'one that names no storage',
      undefined,
      sampleTopology({ storage: [], ring: [] }),
      'invalid',
      'no storage node is named; the ring is empty: no topic would have an owner',
    ],
  ])('%s', (_, held, offered, outcome, reason) => {
    expect(decideOffer(held, offered, cluster)).toEqual({ outcome, reason });
  });

  it('never goes back, whatever is offered in whatever order', () => {
    const offers = fc.array(fc.record({ term: fc.nat(3), epoch: fc.integer({ min: 1, max: 5 }) }));
    fc.assert(
      fc.property(offers, (versions) => {
        let held: ReturnType<typeof at> | undefined;
        for (const version of versions) {
          const offered = sampleTopology({ version });
          if (decideOffer(held, offered, cluster).outcome === 'applied') held = offered;
        }
        const newest = versions.toSorted(compareVersions).at(-1);
        expect(held?.version).toEqual(newest);
      }),
    );
  });
});
