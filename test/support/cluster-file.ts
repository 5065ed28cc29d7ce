import { stringify } from 'yaml';

/** A TopicCluster as a user would write it; what is left out is left to the defaults. */
export interface ClusterSpec {
  /** On one machine nothing but a reason to replace every pod. */
  readonly image?: string;
  readonly caches?: readonly CacheSpec[];
  readonly routers?: number;
  /** Over which a router that goes moves its clients. */
  readonly drainSeconds?: number;
  readonly rebalance?: boolean;
  /** What one router carries and still serves well, by dimension. */
  readonly routerCapacity?: Readonly<Record<string, number>>;
  readonly storage?: number;
  readonly history?: Readonly<Record<string, number>>;
  readonly limits?: Readonly<Record<string, unknown>>;
  readonly scaling?: Readonly<Record<string, unknown>>;
}

export interface CacheSpec {
  readonly name: string;
  readonly limits?: Readonly<Record<string, number>>;
}

export function clusterYaml(spec: ClusterSpec): string {
  const { image, drainSeconds, rebalance, routerCapacity } = spec;
  return stringify({
    apiVersion: 'topicplane.dev/v1alpha1',
    kind: 'TopicCluster',
    metadata: { name: 'e2e' },
    spec: {
      ...(image !== undefined && { image }),
      caches: spec.caches ?? [{ name: 'cache' }],
      router: {
        replicas: spec.routers ?? 1,
        ...(drainSeconds !== undefined && { drainSeconds }),
        ...(rebalance !== undefined && { rebalance }),
        ...(routerCapacity && { capacity: routerCapacity }),
      },
      storage: { replicas: spec.storage ?? 1, ...(spec.history && { history: spec.history }) },
      ...(spec.limits && { limits: spec.limits }),
      ...(spec.scaling && { scaling: spec.scaling }),
    },
  });
}
