import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topo } from '../../proto/index.ts';
import { canaryCache, Placement } from '../../topology/index.ts';
import { canaryTopics, triesPerTurn } from './topics.ts';

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

/** All turns of a search, in the ring's order. */
function topicsOf(router: string, placement: Placement, held: Iterable<string>) {
  let { topics, next } = canaryTopics(router, placement, held);
  while (next !== undefined) {
    ({ topics, next } = canaryTopics(router, placement, topics.values(), next));
  }
  return new Map([...topics].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

const ownerIn = (placement: Placement) => (topic: string) =>
  placement.ownerOf(canaryCache, topic)?.name;

describe('the canary topics', () => {
  it('are one for each owner, owned by it', () => {
    fc.assert(
      fc.property(names, (ring) => {
        const placement = placementOf(ring);
        const topics = topicsOf('demo-router-0', placement, []);
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
        const held = [...topicsOf('r', placementOf(before), []).values()];
        const placement = placementOf(after);
        const topics = topicsOf('r', placement, held);
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
    const before = topicsOf('r', placementOf(['a', 'b', 'c']), []);
    const during = topicsOf('r', placementOf(['a', 'b', 'c'], { move }), before.values());
    expect(during).toEqual(before);
    const lost = placementOf(['a', 'b', 'c'], {
      move: { ...move, sources: ['b', 'c'] },
      storage: ['b', 'c', 'd'].map((name) => ({ name, address: '127.0.0.1:1', incarnation: name })),
    });
    const after = topicsOf('r', lost, during.values());
    // What `a` had went to all that the move leads to.
    expect([...after.keys()]).toEqual(['b', 'c', 'd']);
    for (const owner of ['b', 'c']) expect(after.get(owner)).toBe(during.get(owner));
  });

  const committed = (sources: readonly string[], to: readonly string[]) => {
    return { ring: [...to], phase: topo.MovePhase.COMMIT, sources: [...sources] };
  };

  it.each([
    ['a source', ['a', 'c'], ['a', 'c', 'd'], ['a', 'c', 'd']],
    ['a source that is no target', ['b', 'c'], ['b', 'c', 'd'], ['b', 'c', 'd']],
    ['nobody', ['a', 'b', 'c'], ['b', 'c', 'd'], ['a', 'b', 'c']],
    ['every source', [], ['d', 'e'], ['d', 'e']],
  ])(
    'are of those that own topics when %s was lost in a move, and found in one turn',
    (_, sources, to, owners) => {
      // The ring and the members keep who was lost until the move is over.
      const placement = placementOf(['a', 'b', 'c'], { move: committed(sources, to) });
      const { topics, next } = canaryTopics('r', placement, []);
      expect([[...topics.keys()].toSorted(), next]).toEqual([owners, undefined]);
      for (const [owner, topic] of topics) expect(ownerIn(placement)(topic)).toBe(owner);
    },
  );

  it('are looked for in turns that end, and no longer than makes sense', () => {
    const { a } = Object.fromEntries(placementOf(all).topology.storage.map((m) => [m.name, m]));
    let asked = 0;
    const unfair = { owners: ['a', 'b'], ownerOf: () => (asked++, a) };
    let turns = 0;
    let from: number | undefined = 0;
    while (from !== undefined) {
      const before = asked;
      from = canaryTopics('r', unfair, [], from).next;
      expect(asked - before).toBeLessThanOrEqual(triesPerTurn);
      turns += 1;
    }
    expect(turns).toBe(20_000 / triesPerTurn);
  });
});
