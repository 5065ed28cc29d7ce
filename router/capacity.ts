import type { topo } from '../proto/index.ts';
import {
  Capacity,
  type Clock,
  type ProcessReads,
  processMeters,
  rateMeter,
} from '../runtime/index.ts';
import type { Edge, EdgeConfig } from './edge/index.ts';
import type { Router } from './router.ts';

/**
 * What a router takes for what it can carry, where its topology doesn't say. CPU and event loop tell what it really does;
 * these are for what they tell too late or not at all. docs/metrics.md says how to choose others.
 */
export const ratedRouter = {
  /** Some 7 KB each without TLS: 70 MB. Should the router be lost, its clients need some four seconds of CPU elsewhere to come back. */
  connections: 10_000,
  /** Some 1.5 KB each on shared connections: 75 MB. Heartbeats of so many that are idle, every 5 s, take a quarter of a core. */
  streams: 50_000,
  /** In bursts a core delivers so many; one at a time it is full at a fifth of that, and says so itself. */
  messagesPerSecond: 500_000,
  /** 2 Gbit/s: the part of a 10 Gbit/s network that a node with some more pods leaves to one. */
  egressBytesPerSecond: 250_000_000,
} as const satisfies Partial<topo.Capacity>;

export interface RouterCapacityParts {
  readonly router: {
    readonly topology: {
      readonly current: { readonly topology: Pick<topo.Topology, 'settings'> } | undefined;
    };
    readonly traffic: Pick<Router['traffic'], 'deliveredItems'>;
  };
  readonly edge: Pick<Edge, 'connections' | 'calls' | 'sentBytes'>;
  /** What the edge admits at most: nothing is rated above it. */
  readonly bounds: Pick<EdgeConfig, 'connectionsMax' | 'exchangesMax'>;
  readonly reads: ProcessReads;
  readonly clock: Clock;
}

/** Clients only; canaries are no load. Limits follow the topology. */
export function routerCapacity(parts: RouterCapacityParts): Capacity {
  const { router, edge, bounds, reads, clock } = parts;
  const rated = (what: keyof typeof ratedRouter) => {
    const asked = router.topology.current?.topology.settings?.routerCapacity?.[what] ?? 0;
    return asked > 0 ? asked : ratedRouter[what];
  };
  const nowMs = clock.monotonicMs();
  return new Capacity(
    [
      {
        dimension: 'connections',
        limit: () => Math.min(rated('connections'), bounds.connectionsMax),
        used: () => edge.connections(),
      },
      {
        dimension: 'streams',
        limit: () => Math.min(rated('streams'), bounds.exchangesMax),
        used: () => edge.calls(),
      },
      rateMeter(
        'messages',
        () => router.traffic.deliveredItems,
        () => rated('messagesPerSecond'),
        nowMs,
      ),
      rateMeter(
        'egress',
        () => edge.sentBytes(),
        () => rated('egressBytesPerSecond'),
        nowMs,
      ),
      ...processMeters(reads, nowMs),
    ],
    clock,
  );
}
