import type { topo } from '../proto/index.ts';
import {
  Capacity,
  type Clock,
  type ProcessReads,
  processMeters,
  rateMeter,
} from '../runtime/index.ts';
import type { StorageBounds } from './config.ts';

/**
 * What a storage node takes for what it can carry, where its topology doesn't say. CPU and event loop tell what it really
 * does; these are for what they tell too late or not at all. docs/metrics.md says how to choose others.
 */
export const ratedStorage = {
  /** Some 1.5 KiB each beside their items: 375 MiB. A node that joins or leaves hands over its part of them. */
  topics: 250_000,
  /** Numbered and sent. In batches a core numbers 300,000 a second and sends each to three routers. */
  messagesPerSecond: 500_000,
  /** 2 Gbit/s: the part of a 10 Gbit/s network that a node with some more pods leaves to one. */
  egressBytesPerSecond: 250_000_000,
} as const satisfies Partial<topo.Capacity>;

export interface StorageCapacityParts {
  readonly node: {
    readonly ownership: {
      readonly placement: { readonly topology: Pick<topo.Topology, 'settings'> } | undefined;
    };
    readonly topics: {
      readonly clientTopics: number;
      readonly counts: { readonly accepted: number };
    };
    readonly links: { readonly sentItems: number };
    readonly sentBytes: number;
  };
  /** What the node holds at most: nothing is rated above it. */
  readonly bounds: Pick<StorageBounds, 'topicsMax'>;
  readonly reads: ProcessReads;
  readonly clock: Clock;
}

/**
 * Items and topics of clients only; canaries are no load. Links are none either: each router has one to every node, so
 * another node would take none away. Limits follow the topology.
 */
export function storageCapacity({ node, bounds, reads, clock }: StorageCapacityParts): Capacity {
  const rated = (what: keyof typeof ratedStorage) => {
    const asked = node.ownership.placement?.topology.settings?.storageCapacity?.[what] ?? 0;
    return asked > 0 ? asked : ratedStorage[what];
  };
  const nowMs = clock.monotonicMs();
  return new Capacity(
    [
      {
        dimension: 'topics',
        limit: () => Math.min(rated('topics'), bounds.topicsMax),
        used: () => node.topics.clientTopics,
      },
      rateMeter(
        'messages',
        () => node.topics.counts.accepted + node.links.sentItems,
        () => rated('messagesPerSecond'),
        nowMs,
      ),
      rateMeter(
        'egress',
        () => node.sentBytes,
        () => rated('egressBytesPerSecond'),
        nowMs,
      ),
      ...processMeters(reads, nowMs),
    ],
    clock,
  );
}
