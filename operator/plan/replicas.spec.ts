import { describe, expect, it } from 'vitest';
import { topo } from '../../proto/index.ts';
import { sampleDead, sampleMember } from '../sample.ts';
import { defaultPolicy } from './policy.ts';
import { planStorageReplicas, type StorageReplicasInput } from './replicas.ts';
import { Waits } from './waits.ts';

const version = { term: 1, epoch: 4 };
const older = { term: 1, epoch: 3 };

function topologyOf(...ring: string[]): topo.Topology {
  const storage = ring.map((name) => ({ name, address: 'h:1', incarnation: 'run-1' }));
  return { ...topo.Topology.decode(new Uint8Array()), version, ring, storage };
}
const inForce = (...ring: string[]) => {
  return { kind: 'unchanged', topology: topologyOf(...ring), waitingFor: [] } as const;
};

function plan(changes: Partial<StorageReplicasInput>, waits = new Waits(new Map(), 0)) {
  return planStorageReplicas({
    set: 'demo-storage',
    desired: 1,
    current: 2,
    decision: inForce('demo-storage-0'),
    routers: [sampleMember('router', 0, version), sampleMember('router', 1, version)],
    storage: [sampleMember('storage', 0, older), sampleMember('storage', 1, version)],
    policy: defaultPolicy,
    waits,
    ...changes,
  });
}

describe('planStorageReplicas', () => {
  it.each([
    ['there is no set yet', { current: undefined, desired: 3 }, 3],
    ['there are too few', { current: 2, desired: 5 }, 5],
    ['there are as many as desired', { current: 2, desired: 2 }, 2],
    ['nobody owns topics yet', { decision: { kind: 'none', waitingFor: [] } as const }, 1],
    ['every router has the topology without the one that goes', {}, 1],
    ['there is no router', { routers: [] }, 1],
    ['the routers that lack it do not answer', { routers: [sampleDead('router', 0)] }, 1],
    [
      'the routers hold an even newer one',
      { routers: [sampleMember('router', 0, { term: 2, epoch: 1 })] },
      1,
    ],
  ])('goes to what is desired when %s', (_, changes, replicas) => {
    expect(plan(changes)).toEqual({ replicas, waitingFor: undefined });
  });

  it.each([
    [
      'the topology is just being changed',
      {
        decision: {
          kind: 'changed',
          topology: topologyOf('demo-storage-0'),
          step: undefined,
          why: '',
          lost: undefined,
          waitingFor: [],
        } as const,
      },
      'the new topology to be in force',
    ],
    [
      'the topology in force still names the one that goes',
      { decision: inForce('demo-storage-0', 'demo-storage-1') },
      'the topics of demo-storage-1 to move',
    ],
    [
      'a router that answers lacks the topology',
      { routers: [sampleMember('router', 0, version), sampleMember('router', 1, older)] },
      'demo-router-1 to take topology 1.4',
    ],
    [
      'topics move away from the one that goes, or to it',
      {
        decision: {
          ...inForce(),
          topology: { ...topologyOf('demo-storage-0', 'demo-storage-1'), ring: ['demo-storage-0'] },
        },
      },
      'the topics of demo-storage-1 to move',
    ],
    [
      'the one that goes does not know yet that it owns nothing',
      { storage: [sampleMember('storage', 0), sampleMember('storage', 1, older)] },
      'demo-storage-1 to take topology 1.4',
    ],
    [
      'a router has no topology at all',
      { routers: [sampleMember('router', 0)] },
      'demo-router-0 to take topology 1.4',
    ],
  ])('stays as it is while %s', (_, changes, waitingFor) => {
    expect(plan(changes)).toEqual({ replicas: 2, waitingFor });
  });

  it('does not wait for ever for a router that answers but does not take the topology', () => {
    const routers = [sampleMember('router', 0, older)];
    const first = new Waits(new Map(), 0);
    expect(plan({ routers }, first).replicas).toBe(2);
    const later = new Waits(first.memory, defaultPolicy.acknowledgeMsMax);
    expect(plan({ routers }, later)).toEqual({ replicas: 1, waitingFor: undefined });
  });

  it('waits however long for topics to move', () => {
    const decision = inForce('demo-storage-0', 'demo-storage-1');
    expect(plan({ decision }, new Waits(new Map(), 3_600_000)).replicas).toBe(2);
  });
});
