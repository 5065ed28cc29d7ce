import { topo } from '../proto/index.ts';

/** A sound topology for specs: two storage nodes, one cache; `changes` replaces whole fields. */
export function sampleTopology(changes: Partial<topo.Topology> = {}): topo.Topology {
  return {
    cluster: 'default/demo/uid-1',
    version: { term: 1, epoch: 1 },
    pageOrigin: 60_000_000,
    ringEpoch: 0,
    previousRingEpoch: 0,
    move: undefined,
    caches: [{ name: 'orders', publishesPerSecondMax: 0, subscriptionsMax: 0 }],
    storage: [sampleMember('demo-storage-0'), sampleMember('demo-storage-1')],
    ring: ['demo-storage-0', 'demo-storage-1'],
    settings: {
      messageBytesMax: 1024 * 1024,
      history: { itemsMax: 256, bytesMax: 1024 * 1024, ageMsMax: 120_000, idleMsMax: 600_000 },
      heartbeatMs: 5000,
      resumeZero: topo.ResumeZero.NOTHING,
      routerCapacity: undefined,
      storageCapacity: undefined,
    },
    ...changes,
  };
}

export function sampleMember(name: string, changes: Partial<topo.Member> = {}): topo.Member {
  return { name, address: '127.0.0.1:8081', incarnation: `${name}-run-1`, ...changes };
}
