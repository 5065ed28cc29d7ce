import { topo } from '../../proto/index.ts';
import { type StorageBounds, storageBounds } from '../config.ts';
import type { Self } from '../ownership/index.ts';

export const self: Self = { cluster: 'ns/demo/uid-1', name: 's-0', incarnation: 'run-1' };

export interface TopologyChange {
  readonly cluster?: string;
  readonly term?: number;
  readonly epoch?: number;
  readonly caches?: readonly string[];
  /** name -> incarnation */
  readonly storage?: Readonly<Record<string, string>>;
  readonly ring?: readonly string[];
  readonly ringEpochs?: readonly [now: number, before: number];
  readonly move?: Partial<topo.Move>;
  readonly messageBytesMax?: number;
  readonly history?: Partial<topo.History>;
}

/** One cache `c`, one storage node: `self`, who owns everything. */
export function topology(change: TopologyChange = {}): topo.Topology {
  const storage = change.storage ?? { [self.name]: self.incarnation };
  const caches = change.caches ?? ['c'];
  return {
    cluster: change.cluster ?? self.cluster,
    version: { term: change.term ?? 1, epoch: change.epoch ?? 1 },
    pageOrigin: 1000,
    ringEpoch: change.ringEpochs?.[0] ?? 0,
    previousRingEpoch: change.ringEpochs?.[1] ?? 0,
    caches: caches.map((name) => ({ name, publishesPerSecondMax: 0, subscriptionsMax: 0 })),
    storage: Object.entries(storage).map(([name, incarnation]) => {
      return { name, address: '127.0.0.1:1', incarnation };
    }),
    ring: [...(change.ring ?? Object.keys(storage))],
    move: change.move && {
      ring: [],
      phase: topo.MovePhase.COMMIT,
      sources: [],
      ...change.move,
    },
    settings: {
      messageBytesMax: change.messageBytesMax ?? 1_048_576,
      history: {
        itemsMax: 256,
        bytesMax: 1_048_576,
        ageMsMax: 120_000,
        idleMsMax: 60_000,
        ...change.history,
      },
      heartbeatMs: 5000,
      resumeZero: topo.ResumeZero.NOTHING,
      routerCapacity: undefined,
      storageCapacity: undefined,
    },
  };
}

export function bounds(change: Partial<StorageBounds> = {}): StorageBounds {
  return { ...storageBounds, ...change };
}
