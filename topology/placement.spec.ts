import { describe, expect, it } from 'vitest';
import { topo } from '../proto/index.ts';
import { cacheNameProblem, canaryCache } from './names.ts';
import { ownersOf } from './owners.ts';
import { Placement } from './placement.ts';
import { sampleMember, sampleTopology } from './sample.ts';

const topics = Array.from({ length: 200 }, (_, index) => `topic-${index}`);

describe('Placement', () => {
  const topology = sampleTopology();
  const placement = new Placement(topology);

  it('names the member that owns a topic', () => {
    for (const topic of topics) {
      const owner = placement.ownerOf('orders', topic);
      expect(topology.storage).toContain(owner);
      expect(owner?.name).toBe(placement.ring.ownerOf('orders', topic));
    }
  });

  it("has the canaries' cache, which no topology names and nobody can declare", () => {
    expect(placement.hasCache(canaryCache)).toBe(true);
    expect(placement.cache(canaryCache)).toMatchObject({ publishesPerSecondMax: 0 });
    expect(topology.caches.map(({ name }) => name)).not.toContain(canaryCache);
    expect(cacheNameProblem(canaryCache)).toMatch(/control character/);
  });

  it('gives a topic to exactly one process', () => {
    for (const topic of topics) {
      const owning = topology.storage.filter(({ name, incarnation }) => {
        return placement.owns(name, incarnation, 'orders', topic);
      });
      expect(owning).toEqual([placement.ownerOf('orders', topic)]);
    }
  });

  it('gives nothing to another run of a member', () => {
    const owned = topics.filter((topic) =>
      placement.owns('demo-storage-0', 'earlier', 'orders', topic),
    );
    expect(owned).toEqual([]);
  });

  it('gives nothing to a member outside of the ring', () => {
    const outside = sampleMember('demo-storage-2');
    const wider = new Placement({ ...topology, storage: [...topology.storage, outside] });
    const owned = topics.filter((topic) =>
      wider.owns(outside.name, outside.incarnation, 'orders', topic),
    );
    expect(owned).toEqual([]);
    expect(wider.member('demo-storage-2')).toBe(outside);
  });

  it('knows its caches, and nothing that every object has', () => {
    expect(placement.hasCache('orders')).toBe(true);
    expect(placement.cache('orders')).toBe(topology.caches[0]);
    expect(placement.hasCache('toString')).toBe(false);
    expect(placement.cache('__proto__')).toBeUndefined();
    expect(placement.member('constructor')).toBeUndefined();
  });

  it('says which version it is of', () => {
    expect(placement.version).toEqual({ term: 1, epoch: 1 });
  });
});

describe('who owns topics', () => {
  const { PREPARE, COMMIT } = topo.MovePhase;
  const names = ['a', 'b', 'c', 'd'];
  const topologyOf = (move: topo.Move | undefined): topo.Topology => ({
    ...sampleTopology(),
    storage: names.map((name) => sampleMember(name)),
    ring: ['a', 'b', 'c'],
    move,
  });
  const targets = ['b', 'c', 'd'];

  it.each<[string, topo.Move | undefined, string, string, string]>([
    ['without a move', undefined, 'abc', 'abc', 'abc'],
    ['in PREPARE', { ring: targets, phase: PREPARE, sources: [] }, 'abc', 'abc', 'abcd'],
    [
      'in COMMIT',
      { ring: targets, phase: COMMIT, sources: ['a', 'b', 'c'] },
      'abcd',
      'abc',
      'abcd',
    ],
    [
      'in COMMIT without a source that was lost, though the ring names it',
      { ring: targets, phase: COMMIT, sources: ['b', 'c'] },
      'bcd',
      'bcd',
      'bcd',
    ],
    ['in COMMIT without sources', { ring: ['d'], phase: COMMIT, sources: [] }, 'd', 'd', 'd'],
  ])('%s', (_, move, owners, named, inRing) => {
    const topology = topologyOf(move);
    const placement = new Placement(topology);
    expect(ownersOf(topology).toSorted().join('')).toBe(owners);
    expect(placement.owners.toSorted().join('')).toBe(named);
    expect(names.filter((name) => placement.inRing(name)).join('')).toBe(inRing);
    const seen = topics.map((topic) => placement.ownerOf('orders', topic)?.name ?? '');
    expect([...new Set(seen)].toSorted().join('')).toBe(named);
  });
});
