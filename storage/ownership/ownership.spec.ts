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
    expect(ownership.role('c', 't')).toEqual({ is: 'others' });
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
      expect(ownership.role('c', `t${index}`).is).toBe(mine ? 'mine' : 'others');
    }
  });

  it.each([
    ['another incarnation of this node is named', { storage: { [self.name]: 'run-2' } }],
    ['the ring is without it', { storage: { [self.name]: 'run-1', 's-1': 'x' }, ring: ['s-1'] }],
    ['the cache does not exist', { caches: ['other'] }],
  ])('is of nothing when %s', (_what, change) => {
    expect(holding(change).role('c', 't')).toEqual({ is: 'others' });
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
    expect(ownership.role('c', 't')).toEqual({ is: 'mine' });
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

describe('a move', () => {
  const storage = { [self.name]: self.incarnation, 's-1': 'x' };
  const ring = [self.name];
  const move = { ring: ['s-1'], sources: [self.name] };

  it('changes nothing while it is prepared', () => {
    const ownership = holding({ storage, ring });
    const before = ownership.generation;
    ownership.offer(topology({ epoch: 2, storage, ring, move: { ring: ['s-1'], phase: 1 } }));
    expect(ownership).toMatchObject({ generation: before, moving: false, inRing: true });
    expect(ownership.role('c', 't')).toEqual({ is: 'mine' });
  });

  it.each([
    ['of its source leave it', { ring, move }, { is: 'leaving', to: 's-1' }],
    [
      'of others come to it',
      { ring: ['s-1'], move: { ring, sources: ['s-1'] } },
      { is: 'coming', from: 's-1' },
    ],
    [
      'of a lost source are its own',
      { ring: ['s-1'], move: { ring, sources: [] } },
      { is: 'mine' },
    ],
    [
      'of a source that is given up are others',
      { ring, move: { ring: ['s-1'], sources: [] } },
      { is: 'others' },
    ],
    ['that stay are its own', { ring, move: { ring, sources: [self.name] } }, { is: 'mine' }],
    ["of a cache that is not there are nobody's", { ring, move, caches: [] }, { is: 'others' }],
  ])('in COMMIT says that topics %s', (_what, change, role) => {
    const ownership = holding({ storage, ...change });
    expect(ownership.moving).toBe(true);
    expect(ownership.role('c', 't')).toEqual(role);
  });

  it('counts a node that is to join as one of the ring', () => {
    const joining = { ring, phase: 1 as const };
    expect(holding({ storage, ring: ['s-1'], move: joining }).inRing).toBe(true);
  });

  it('gives nothing to another run of this node', () => {
    const other = { [self.name]: 'run-2', 's-1': 'x' };
    expect(holding({ storage: other, ring, move }).role('c', 't')).toEqual({ is: 'others' });
    const coming = { ring: ['s-1'], move: { ring, sources: ['s-1'] } };
    expect(holding({ storage: other, ...coming }).role('c', 't')).toEqual({ is: 'others' });
  });

  it('has topics looked through in every version of COMMIT, and when it is over', () => {
    const ownership = holding({ storage, ring });
    const seen = [ownership.generation];
    const next = (change: Parameters<typeof topology>[0]) => {
      const epoch = ownership.version.epoch + 1;
      const { missed } = ownership.offer(topology({ epoch, storage, ...change }));
      expect(missed).toBe(false);
      seen.push(ownership.generation);
    };
    next({ ring, move });
    next({ ring, move, messageBytesMax: 7 });
    next({ ring, move: { ...move, sources: [] } });
    next({ ring: ['s-1'] });
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('that it missed the COMMIT of may have given its topics to others', () => {
    const ownership = holding({ storage, ring });
    const before = ownership.generation;
    const later = topology({ epoch: 3, storage, ring, ringEpochs: [3, 2] });
    expect(ownership.offer(later).missed).toBe(true);
    expect(ownership.generation - before).toBe(2);
  });
});
