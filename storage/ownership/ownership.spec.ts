import { describe, expect, it } from 'vitest';
import { Ring } from '../../topology/index.ts';
import { self, topology } from '../testing/index.ts';
import { Ownership } from './index.ts';

function holding(change: Parameters<typeof topology>[0] = {}): Ownership {
  const ownership = new Ownership(self);
  ownership.offer(topology(change));
  return ownership;
}

describe('ownership', () => {
  it('is of nothing without a topology', () => {
    const ownership = new Ownership(self);
    expect(ownership.owns('c', 't')).toBe(false);
    expect(ownership.settings).toBeUndefined();
    expect(ownership.version).toEqual({ term: 0, epoch: 0 });
    expect(ownership.inRing).toBe(false);
    expect(() => ownership.page(0)).toThrow('without a topology');
  });

  it('is of the topics that the ring gives to this node', () => {
    const ownership = holding({ storage: { [self.name]: self.incarnation, 's-1': 'x' } });
    const ring = new Ring([self.name, 's-1']);
    for (let index = 0; index < 50; index++) {
      const mine = ring.ownerOf('c', `t${index}`) === self.name;
      expect(ownership.owns('c', `t${index}`)).toBe(mine);
    }
  });

  it.each([
    ['another incarnation of this node is named', { storage: { [self.name]: 'run-2' } }],
    ['the ring is without it', { storage: { [self.name]: 'run-1', 's-1': 'x' }, ring: ['s-1'] }],
    ['the cache does not exist', { caches: ['other'] }],
  ])('is of nothing when %s', (_what, change) => {
    expect(holding(change).owns('c', 't')).toBe(false);
  });

  it('knows that the ring names it, in this run or another', () => {
    expect(holding({ storage: { [self.name]: 'run-2' } }).inRing).toBe(true);
    expect(holding({ storage: { [self.name]: 'x', 's-1': 'x' }, ring: ['s-1'] }).inRing).toBe(
      false,
    );
  });

  it('gives the pages of its epoch', () => {
    expect(holding({ epoch: 7 }).page(3)).toBe((1000 + 7) * 2 ** 23 + 3);
  });
});

describe('an offered topology', () => {
  it.each([
    ['of a higher epoch', { epoch: 6 }, 'applied', 6],
    ['of a higher term', { term: 3, epoch: 6 }, 'applied', 6],
    ['of the same version', { caches: [] }, 'known', 5],
    ['of a lower epoch', { epoch: 4 }, 'stale', 5],
    ['of a lower term', { term: 1, epoch: 9 }, 'stale', 5],
    ['of another cluster', { epoch: 6, cluster: 'ns/other/uid-2' }, 'invalid', 5],
    ['that breaks its rules', { epoch: 6, ring: ['nobody'] }, 'invalid', 5],
  ])('%s is handled by its version', (_what, change, outcome, epoch) => {
    const ownership = holding({ term: 2, epoch: 5 });
    const applied = ownership.offer(topology({ term: 2, epoch: 5, ...change }));
    expect(applied.outcome).toBe(outcome);
    expect(applied.diff !== undefined).toBe(outcome === 'applied');
    expect(ownership.version.epoch).toBe(epoch);
    expect(ownership.owns('c', 't')).toBe(true);
  });

  it('changes settings at once', () => {
    const ownership = holding();
    ownership.offer(
      topology({ epoch: 2, messageBytesMax: 5, history: { itemsMax: 3, idleMsMax: 2000 } }),
    );
    expect(ownership.settings).toMatchObject({
      messageBytesMax: 5,
      history: { itemsMax: 3, ageMsMax: 120_000 },
      idleMsMax: 2000,
    });
  });

  const two = { [self.name]: self.incarnation, 's-1': 'x' };
  it.each([
    ['a member joins the ring', true, { storage: { ...two, 's-2': 'y' } }],
    ['a member leaves the ring', true, { storage: two, ring: [self.name] }],
    ['a cache is removed', true, { storage: two, caches: [] }],
    ['this node is named in another run', true, { storage: { ...two, [self.name]: 'run-2' } }],
    ['another node restarts', false, { storage: { ...two, 's-1': 'z' } }],
    [
      'a member is added outside the ring',
      false,
      { storage: { ...two, 's-2': 'y' }, ring: Object.keys(two) },
    ],
    ['a cache is added', false, { storage: two, caches: ['c', 'd'] }],
    ['settings change', false, { storage: two, messageBytesMax: 7 }],
  ])('when %s, may take topics away: %s', (_what, mayLose, change) => {
    const ownership = holding({ storage: two });
    const before = ownership.generation;
    ownership.offer(topology({ epoch: 2, ...change }));
    expect(ownership.generation !== before).toBe(mayLose);
  });

  it.each([
    ['it missed no change of the ring', 5, 3, 0],
    ['the last change is the only one it missed', 5, 5, 0],
    ['it missed a change before the last', 5, 5, 4],
  ])('when %s, knows whether others owned its topics in between', (_what, epoch, ring, before) => {
    const ownership = holding({ epoch: 3, storage: two });
    const generation = ownership.generation;
    const next = topology({ epoch, storage: two });
    ownership.offer({ ...next, ringEpoch: ring, previousRingEpoch: before });
    expect(ownership.generation - generation).toBe(before > 3 ? 2 : 0);
  });
});
