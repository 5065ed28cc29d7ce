import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topo } from '../../proto/index.ts';
import { Placement } from '../../topology/index.ts';
import { Whereabouts } from './whereabouts.ts';

const { PREPARE, COMMIT } = topo.MovePhase;
const members = ['a', 'b', 'c'];

interface Shape {
  readonly ring: readonly string[];
  readonly move?: { phase: topo.MovePhase; ring: string[]; sources: string[] } | undefined;
}

function placementOf({ ring, move }: Shape): Placement {
  return new Placement({
    cluster: 'n/c/1',
    version: { term: 1, epoch: 1 },
    pageOrigin: 0,
    ringEpoch: 0,
    previousRingEpoch: 0,
    caches: [],
    storage: members.map((name) => ({ name, address: `${name}:1`, incarnation: name })),
    ring: [...ring],
    move,
    settings: undefined,
  });
}

const commit = { ring: ['a'], move: { phase: COMMIT, ring: ['b'], sources: ['a'] } };

describe('where a topic is', () => {
  const cases: [string, Shape, string][] = [
    ['at the owner without a move', { ring: ['a'] }, 'a'],
    [
      'at the owner while a move is prepared',
      { ring: ['a'], move: { phase: PREPARE, ring: ['b'], sources: [] } },
      'a',
    ],
    ['at its source when a move is committed', commit, 'a'],
    [
      'at its new owner when its source is lost',
      { ring: ['a'], move: { phase: COMMIT, ring: ['b'], sources: [] } },
      'b',
    ],
    ['at its new owner when the move is over', { ring: ['b'] }, 'b'],
  ];
  it.each(cases)('is %s', (_, shape, owner) => {
    const whereabouts = new Whereabouts(10);
    whereabouts.follow(placementOf(shape));
    expect(whereabouts.ownerOf('c', 't')).toBe(owner);
  });

  it('is nowhere without a topology', () => {
    const whereabouts = new Whereabouts(10);
    expect(whereabouts.ownerOf('c', 't')).toBeUndefined();
    expect(whereabouts.mayServe('a', 'c', 't')).toBe(false);
    expect(whereabouts.passedOn('a', 'c', 't')).toBe(false);
  });

  it('is at the heir when the source has passed it on, until another version', () => {
    const whereabouts = new Whereabouts(10);
    whereabouts.follow(placementOf(commit));
    expect(whereabouts.passedOn('a', 'c', 't')).toBe(true);
    expect(whereabouts.ownerOf('c', 't')).toBe('b');
    expect(whereabouts.ownerOf('c', 'other')).toBe('a');
    whereabouts.follow(placementOf(commit));
    expect(whereabouts.ownerOf('c', 't')).toBe('a');
  });

  it('is not changed by what others than the source say, or by a source outside of a committed move', () => {
    const whereabouts = new Whereabouts(10);
    whereabouts.follow(placementOf(commit));
    expect([whereabouts.passedOn('b', 'c', 't'), whereabouts.passedOn('c', 'c', 't')]).toEqual([
      false,
      false,
    ]);
    expect(whereabouts.ownerOf('c', 't')).toBe('a');
    whereabouts.follow(
      placementOf({ ring: ['a'], move: { phase: PREPARE, ring: ['b'], sources: [] } }),
    );
    expect(whereabouts.passedOn('a', 'c', 't')).toBe(false);
    expect(whereabouts.ownerOf('c', 't')).toBe('a');
  });

  it('is forgotten for the topic that was noted first when there are too many', () => {
    const whereabouts = new Whereabouts(2);
    whereabouts.follow(placementOf(commit));
    for (const topic of ['1', '2', '2', '3']) whereabouts.passedOn('a', 'c', topic);
    expect(['1', '2', '3'].map((topic) => whereabouts.ownerOf('c', topic))).toEqual([
      'a',
      'b',
      'b',
    ]);
  });
});

describe('any history of a router’s whereabouts', () => {
  const ring = fc.subarray(members, { minLength: 1 });
  const shape = fc.record({
    ring,
    move: fc.option(
      fc.record({
        phase: fc.constantFrom(PREPARE, COMMIT),
        ring,
        sources: fc.subarray(members),
      }),
      { nil: undefined },
    ),
  });
  const topic = fc.constantFrom('1', '2', '3', '4', '5', '6');
  const step = fc.oneof(
    { weight: 1, arbitrary: fc.record({ follow: shape }) },
    { weight: 6, arbitrary: fc.record({ member: fc.constantFrom(...members), topic }) },
  );

  it('asks nobody but the source first, and only its heir after it said so', () => {
    fc.assert(
      fc.property(fc.array(step), fc.nat(6), (steps, keptMax) => {
        const whereabouts = new Whereabouts(keptMax);
        let placement: Placement | undefined;
        let said = new Set<string>();
        for (const one of steps) {
          if ('follow' in one) {
            const { ring: owners, move } = one.follow;
            const sources =
              move?.phase === COMMIT ? move.sources.filter((name) => owners.includes(name)) : [];
            placement = placementOf({ ring: owners, move: move && { ...move, sources } });
            whereabouts.follow(placement);
            said = new Set();
            continue;
          }
          const owner = placement?.ownerOf('c', one.topic)?.name;
          const heir = placement?.heirOf('c', one.topic)?.name;
          const isSource = heir !== undefined && one.member === owner;
          expect(whereabouts.passedOn(one.member, 'c', one.topic)).toBe(isSource);
          if (isSource) said.add(one.topic);
          // A source that said so is believed at once, whatever was forgotten.
          if (isSource) expect(whereabouts.ownerOf('c', one.topic)).toBe(heir);
          const asked = whereabouts.ownerOf('c', one.topic);
          expect([owner, ...(said.has(one.topic) ? [heir] : [])]).toContain(asked);
          expect(whereabouts.mayServe(one.member, 'c', one.topic)).toBe(
            one.member === owner || one.member === heir,
          );
        }
      }),
    );
  });
});
