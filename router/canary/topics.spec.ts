import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topo } from '../../proto/index.ts';
import { canaryCache, Placement } from '../../topology/index.ts';
import { canaryTopics } from './topics.ts';

const all = ['a', 'b', 'c', 'd', 'e', 'f'];
const names = fc.uniqueArray(fc.constantFrom(...all), { minLength: 1 });

function placementOf(ring: readonly string[], change: Partial<topo.Topology> = {}): Placement {
  return new Placement({
    cluster: 'default/demo/uid-1',
    version: { term: 1, epoch: 1 },
    pageOrigin: 1,
    ringEpoch: 0,
    previousRingEpoch: 0,
    caches: [],
    storage: all.map((name) => ({ name, address: '127.0.0.1:1', incarnation: name })),
    ring: [...ring],
    settings: undefined,
    move: undefined,
    ...change,
  });
}

const ownerIn = (placement: Placement) => (topic: string) =>
  placement.ownerOf(canaryCache, topic)?.name;

describe('the canary topics', () => {
  it('are one for each owner, owned by it', () => {
    fc.assert(
      fc.property(names, (ring) => {
        const placement = placementOf(ring);
        const topics = canaryTopics('demo-router-0', placement, []);
        expect([...topics.keys()]).toEqual(ring.toSorted());
        for (const [owner, topic] of topics) {
          expect(ownerIn(placement)(topic)).toBe(owner);
          expect(topic).toMatch(/^demo-router-0\/\d+$/);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('stay where they can when the ring changes: whoever owns one now has it for its own', () => {
    fc.assert(
      fc.property(names, names, (before, after) => {
        const held = [...canaryTopics('r', placementOf(before), []).values()];
        const placement = placementOf(after);
        const topics = canaryTopics('r', placement, held);
        expect([...topics.keys()]).toEqual(after.toSorted());
        const owners = new Set(held.map(ownerIn(placement)));
        for (const [owner, topic] of topics) {
          expect(ownerIn(placement)(topic)).toBe(owner);
          expect(held.includes(topic)).toBe(owners.has(owner));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('are those of the old ring until a move is over, without nodes that were lost in it', () => {
    const move = { ring: ['b', 'c', 'd'], phase: topo.MovePhase.COMMIT, sources: ['a', 'b', 'c'] };
    const before = canaryTopics('r', placementOf(['a', 'b', 'c']), []);
    const during = canaryTopics('r', placementOf(['a', 'b', 'c'], { move }), before.values());
    expect(during).toEqual(before);
    const lost = placementOf(['a', 'b', 'c'], {
      move: { ...move, sources: ['b', 'c'] },
      storage: ['b', 'c', 'd'].map((name) => ({ name, address: '127.0.0.1:1', incarnation: name })),
    });
    expect([...canaryTopics('r', lost, during.values()).keys()]).toEqual(['b', 'c']);
  });
});
