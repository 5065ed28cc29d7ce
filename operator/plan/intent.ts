import { topo } from '../../proto/index.ts';
import { drainSecondsDefault, type PodSettings } from '../build/index.ts';
import type { Component } from '../names.ts';
import type { Observed } from '../observe/index.ts';
import { canonicalQuantity, type TopicClusterSpec } from '../resource/index.ts';
import { noScaling, type ScalingMemory } from './scaling/index.ts';

/** What the cluster is to be, in the terms of what is made of it. */
export interface Intent {
  readonly routers: number;
  readonly storage: number;
  /** undefined: the pods are left as they are made now. */
  readonly pods: Pods | undefined;
  /** Whether clients are moved from routers that have many to those that have few. */
  readonly rebalance: boolean;
  readonly caches: readonly topo.Cache[];
  readonly settings: topo.Settings;
}

/**
 * The wish of the spec. When the spec can't be read, that which is in force: members that restart are looked after
 * all the same. `undefined`: there is neither.
 * @param defaultImage for a new cluster that names none; one that runs keeps its image.
 * @param scaling of tiers that follow their load, which are to have as many members as was decided last.
 */
export function intentOf(
  observed: Observed,
  defaultImage: string,
  scaling: ScalingMemory = noScaling,
): Intent | undefined {
  const { sets, resolved, held } = observed;
  if (resolved.ok) {
    const { spec } = resolved.cluster;
    const running = sets.storage ?? sets.router;
    const image = spec.image ?? running?.spec.template.spec.containers[0]?.image ?? defaultImage;
    return {
      routers: scaling.router?.desired ?? spec.router.replicas,
      storage: scaling.storage?.desired ?? spec.storage.replicas,
      pods: podsOf(spec, image),
      rebalance: spec.router.rebalance,
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
    pods: undefined,
    rebalance: false,
    caches: held.topology.caches,
    settings: held.topology.settings,
  };
}

type Pods = Readonly<Record<Component, PodSettings>>;

const podsBefore = new WeakMap<TopicClusterSpec, { readonly image: string; readonly pods: Pods }>();

/** The same settings for the same spec and image, plan after plan: much is known by them. */
function podsOf(spec: TopicClusterSpec, image: string): Pods {
  const before = podsBefore.get(spec);
  if (before?.image === image) return before.pods;
  const router = podSettings(image, spec.imagePullPolicy, spec.router);
  const pods = {
    router: { ...router, ...drainSettings(spec.router) },
    storage: podSettings(image, spec.imagePullPolicy, spec.storage),
  };
  podsBefore.set(spec, { image, pods });
  return pods;
}

/** What isn't set is left out, so that it changes nothing of the pods. */
function podSettings(
  image: string,
  imagePullPolicy: TopicClusterSpec['imagePullPolicy'],
  component: TopicClusterSpec[Component],
): PodSettings {
  const { resources, nodeSelector, tolerations } = component;
  const requests = amounts(resources.requests);
  const limits = amounts(resources.limits);
  return {
    image,
    ...(imagePullPolicy && { imagePullPolicy }),
    ...((requests || limits) && {
      resources: { ...(requests && { requests }), ...(limits && { limits }) },
    }),
    ...(nodeSelector && Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    ...(tolerations.length > 0 && { tolerations }),
  };
}

/** Left out when it is what it is without: pods of before there was such a setting stay as they are. */
function drainSettings({
  drainSeconds,
}: TopicClusterSpec['router']): Pick<PodSettings, 'drainSeconds'> {
  return drainSeconds === drainSecondsDefault ? {} : { drainSeconds };
}

/** As an API server writes them: what it stored has to equal what was wanted. */
function amounts(
  wanted: Readonly<Record<string, string | number>>,
): Readonly<Record<string, string>> | undefined {
  const entries = Object.entries(wanted);
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.map(([name, amount]) => [name, canonicalQuantity(amount)]));
}

function cachesOf({ caches, limits }: TopicClusterSpec): topo.Cache[] {
  return caches.map((cache) => ({
    name: cache.name,
    publishesPerSecondMax: cache.limits.publishesPerSecond ?? limits.publishesPerSecond,
    subscriptionsMax: cache.limits.subscriptions ?? limits.subscriptions,
  }));
}

function settingsOf({ limits, router, storage, stream }: TopicClusterSpec): topo.Settings {
  const { NEWEST, NOTHING } = topo.ResumeZero;
  const { history } = storage;
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
    routerCapacity: capacityOf(router.capacity),
    storageCapacity: capacityOf(storage.capacity),
  };
}

const unrated: topo.Capacity = {
  connections: 0,
  streams: 0,
  topics: 0,
  messagesPerSecond: 0,
  egressBytesPerSecond: 0,
};

/** undefined: the spec says nothing of it, and members take what they take for themselves. */
function capacityOf(wanted: Partial<topo.Capacity>): topo.Capacity | undefined {
  if (Object.keys(wanted).length === 0) return undefined;
  return { ...unrated, ...wanted };
}
