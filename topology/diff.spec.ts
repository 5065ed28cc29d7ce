import { describe, expect, it } from 'vitest';
import { topo } from '../proto/index.ts';
import { describeDiff, diffTopologies } from './diff.ts';
import { sampleMember, sampleTopology } from './sample.ts';

const before = sampleTopology();

describe('diffTopologies', () => {
  it('finds nothing between equals, whatever their versions', () => {
    const diff = diffTopologies(before, sampleTopology({ version: { term: 2, epoch: 9 } }));
    expect(describeDiff(diff)).toBe('');
  });

  it('takes everything as new when there was nothing', () => {
    const diff = diffTopologies(undefined, before);
    expect(diff.members.added).toEqual(['demo-storage-0', 'demo-storage-1']);
    expect(describeDiff(diff)).toBe(
      'storage added: demo-storage-0, demo-storage-1; caches added: orders',
    );
  });

  it('tells members that came, went, were restarted or have another address apart', () => {
    const after = sampleTopology({
      storage: [
        sampleMember('demo-storage-0', { incarnation: 'run-2', address: '127.0.0.1:1' }),
        sampleMember('demo-storage-2'),
      ],
      ring: ['demo-storage-0', 'demo-storage-2'],
    });
    expect(diffTopologies(before, after).members).toEqual({
      added: ['demo-storage-2'],
      removed: ['demo-storage-1'],
      restarted: ['demo-storage-0'],
      readdressed: [],
    });
    const moved = sampleTopology({
      storage: [
        sampleMember('demo-storage-0', { address: '127.0.0.1:1' }),
        sampleMember('demo-storage-1'),
      ],
    });
    expect(describeDiff(diffTopologies(before, moved))).toBe('storage readdressed: demo-storage-0');
  });

  it('tells who owns topics apart from who is linked to', () => {
    const diff = diffTopologies(before, sampleTopology({ ring: ['demo-storage-0'] }));
    expect(diff.ring).toEqual({ added: [], removed: ['demo-storage-1'] });
    expect(describeDiff(diff)).toBe('owns no topics any more: demo-storage-1');
  });

  it('finds caches and settings that changed', () => {
    const settings = {
      ...(before.settings as topo.Settings),
      heartbeatMs: 1000,
      resumeZero: topo.ResumeZero.NEWEST,
    };
    const after = sampleTopology({
      caches: [
        { name: 'bids', publishesPerSecondMax: 0, subscriptionsMax: 0 },
        { name: 'orders', publishesPerSecondMax: 5, subscriptionsMax: 0 },
      ],
      settings,
    });
    const diff = diffTopologies(before, after);
    expect(diff.caches.changed).toEqual([{ before: before.caches[0], after: after.caches[1] }]);
    expect(describeDiff(diff)).toBe(
      'caches added: bids; cache limits changed: orders; settings changed: heartbeatMs: 5000 -> 1000, resumeZero: 1 -> 2',
    );
    expect(describeDiff(diffTopologies(after, before))).toContain('caches removed: bids');
  });
});
