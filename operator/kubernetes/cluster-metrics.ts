import { Gauge, type Registry } from '../../runtime/index.ts';
import type { TopicClusterStatus } from '../resource/index.ts';
import type { Kinds } from '../store.ts';
import type { KindCache } from './cache.ts';
import type { KubernetesStore } from './store.ts';

/** Another operator may have left fields out. */
type Status = Partial<TopicClusterStatus>;

/**
 * Registers what the status of each TopicCluster says, as it was read last. Only a leader tells, so that each cluster is
 * there once.
 */
export function clusterMetrics(
  registry: Registry,
  store: () => KubernetesStore | undefined,
  isLeading: () => boolean,
): void {
  const statuses = (): readonly (readonly [topicCluster: string, Status])[] =>
    isLeading() ? clustersOf(store()?.caches ?? []).flatMap(statusOf) : [];
  const registers = [registry];
  new Gauge({
    name: 'topicplane_operator_cluster_condition',
    help: '1 while a condition of the cluster is True, by its type: Available, Progressing, Degraded and others',
    labelNames: ['topic_cluster', 'type'],
    registers,
    collect() {
      this.reset();
      for (const [topic_cluster, { conditions = [] }] of statuses()) {
        for (const { type, status } of conditions) {
          this.set({ topic_cluster, type }, Number(status === 'True'));
        }
      }
    },
  });
  new Gauge({
    name: 'topicplane_operator_cluster_members',
    help: 'Members of the cluster, by tier and state: desired, ready or updated',
    labelNames: ['topic_cluster', 'tier', 'state'],
    registers,
    collect() {
      this.reset();
      for (const [topic_cluster, { routers, storage }] of statuses()) {
        for (const [tier, members] of Object.entries({ router: routers, storage })) {
          for (const state of ['desired', 'ready', 'updated'] as const) {
            if (members) this.set({ topic_cluster, tier, state }, members[state] ?? 0);
          }
        }
      }
    },
  });
}

function clustersOf(caches: KubernetesStore['caches']): readonly Kinds['TopicCluster'][] {
  return caches.flatMap((cache) =>
    cache.kind === 'TopicCluster' ? (cache as KindCache<'TopicCluster'>).list(undefined) : [],
  );
}

/** One that nobody has looked at yet has none. */
function statusOf({ metadata, status }: Kinds['TopicCluster']) {
  if (!status) return [];
  return [[`${metadata.namespace}/${metadata.name}`, status as Status] as const];
}
