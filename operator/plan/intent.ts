import { topo } from '../../proto/index.ts';
import type { Observed } from '../observe/index.ts';
import type { TopicClusterSpec } from '../resource/index.ts';

/** What the cluster is to be, in the terms of what is made of it. */
export interface Intent {
  readonly routers: number;
  readonly storage: number;
  readonly image: string;
  readonly caches: readonly topo.Cache[];
  readonly settings: topo.Settings;
}

/**
 * The wish of the spec. When the spec can't be read, that which is in force: members that restart are looked after
 * all the same. `undefined`: there is neither.
 * @param defaultImage for a new cluster that names none; one that runs keeps its image.
 */
export function intentOf(observed: Observed, defaultImage: string): Intent | undefined {
  const { sets, resolved, held } = observed;
  const running = sets.storage ?? sets.router;
  const runningImage = running?.spec.template.spec.containers[0]?.image ?? defaultImage;
  if (resolved.ok) {
    const { spec } = resolved.cluster;
    return {
      routers: spec.router.replicas,
      storage: spec.storage.replicas,
      image: spec.image ?? runningImage,
      caches: cachesOf(spec),
      settings: settingsOf(spec),
    };
  }
  if (held.kind !== 'held' || !held.topology.settings || !sets.router || !sets.storage) {
    return undefined;
  }
  return {
    routers: sets.router.spec.replicas,
    storage: sets.storage.spec.replicas,
    image: runningImage,
    caches: held.topology.caches,
    settings: held.topology.settings,
  };
}

function cachesOf({ caches, limits }: TopicClusterSpec): topo.Cache[] {
  return caches.map((cache) => ({
    name: cache.name,
    publishesPerSecondMax: cache.limits.publishesPerSecond ?? limits.publishesPerSecond,
    subscriptionsMax: cache.limits.subscriptions ?? limits.subscriptions,
  }));
}

function settingsOf({ limits, storage: { history }, stream }: TopicClusterSpec): topo.Settings {
  const { NEWEST, NOTHING } = topo.ResumeZero;
  return {
    messageBytesMax: limits.messageBytes,
    history: {
      itemsMax: history.items,
      bytesMax: history.bytes,
      ageMsMax: history.ageSeconds * 1000,
      idleMsMax: history.idleSeconds * 1000,
    },
    heartbeatMs: stream.heartbeatSeconds * 1000,
    resumeZero: stream.resumeZero === 'newest' ? NEWEST : NOTHING,
  };
}
