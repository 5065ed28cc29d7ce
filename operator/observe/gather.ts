import { formatClusterId } from '../../topology/index.ts';
import { addressOf, isReady } from '../address.ts';
import { ownerOf } from '../build/index.ts';
import { formatKey } from '../keys.ts';
import type { Members } from '../members/members.ts';
import {
  belongsTo,
  type Component,
  clientServiceName,
  headlessServiceName,
  ordinalOf,
  statefulSetName,
  topologyConfigMapName,
} from '../names.ts';
import { resolveTopicCluster } from '../resource/index.ts';
import type { ObjectStore, Pod } from '../store.ts';
import { readHeldTopology } from './held-topology.ts';
import type { ClusterKey, Observed, ObservedMember } from './observed.ts';

/**
 * Looks at one cluster: its objects, then every process of it; `members` holds on to the addresses of those only.
 * `undefined`: there is no such cluster, or it is going.
 */
export async function gather(
  store: ObjectStore,
  members: Members,
  key: ClusterKey,
): Promise<Observed | undefined> {
  const { namespace, name } = key;
  const resource = await store.get('TopicCluster', namespace, name);
  if (!resource || resource.metadata.deletionTimestamp !== undefined) return undefined;
  const serviceNames = [
    clientServiceName(name),
    headlessServiceName(name, 'router'),
    headlessServiceName(name, 'storage'),
  ];
  const [router, storage, pods, configMap, ...services] = await Promise.all([
    store.get('StatefulSet', namespace, statefulSetName(name, 'router')),
    store.get('StatefulSet', namespace, statefulSetName(name, 'storage')),
    store.list('Pod', namespace),
    store.get('ConfigMap', namespace, topologyConfigMapName(name)),
    ...serviceNames.map((service) => store.get('Service', namespace, service)),
  ]);
  const found = { router: podsOf(pods, name, 'router'), storage: podsOf(pods, name, 'storage') };
  const addresses = [...found.router, ...found.storage].map(({ pod }) => addressOf(pod, 'control'));
  members.retain(formatKey(key), new Set(addresses.filter((address) => address !== undefined)));
  const [routers, storageNodes] = await Promise.all([
    Promise.all(found.router.map((pod) => observe(members, pod, 'router'))),
    Promise.all(found.storage.map((pod) => observe(members, pod, 'storage'))),
  ]);
  return {
    key,
    resource,
    resolved: resolveTopicCluster(resource),
    sets: { router, storage },
    services: services.filter((service) => service !== undefined),
    configMap,
    held: readHeldTopology(configMap, formatClusterId(ownerOf(resource.metadata))),
    routers,
    storage: storageNodes,
  };
}

interface OrdinalPod {
  readonly pod: Pod;
  readonly ordinal: number;
}

/** The pods of one component of the cluster, by ordinal. */
function podsOf(pods: readonly Pod[], cluster: string, component: Component): OrdinalPod[] {
  const found = pods.flatMap((pod) => {
    if (!belongsTo(pod.metadata, cluster, component)) return [];
    const ordinal = ordinalOf(pod.metadata.name, statefulSetName(cluster, component));
    return ordinal === undefined ? [] : [{ pod, ordinal }];
  });
  return found.toSorted((a, b) => a.ordinal - b.ordinal);
}

async function observe(
  members: Members,
  { pod, ordinal }: OrdinalPod,
  component: Component,
): Promise<ObservedMember> {
  const controlAddress = addressOf(pod, 'control');
  const ready = pod.status?.conditions?.find((condition) => condition.type === 'Ready');
  return {
    name: pod.metadata.name,
    component,
    ordinal,
    ready: isReady(pod),
    leaving: pod.metadata.deletionTimestamp !== undefined,
    restarts: Math.max(0, ...(pod.status?.containerStatuses ?? []).map((c) => c.restartCount)),
    notReadyMessage: ready?.message ?? ready?.reason,
    controlAddress,
    linkAddress: component === 'storage' ? addressOf(pod, 'link') : undefined,
    ...(await askState(members, pod.metadata.name, controlAddress)),
  };
}

async function askState(
  members: Members,
  name: string,
  address: string | undefined,
): Promise<Pick<ObservedMember, 'state' | 'stateProblem'>> {
  if (address === undefined) return { state: undefined, stateProblem: 'it has no address yet' };
  try {
    const state = await members.getState(address);
    if (state.name === name) return { state, stateProblem: undefined };
    // An address that was another process's a moment ago.
    return {
      state: undefined,
      stateProblem: `${state.name || 'another process'} answers at ${address}`,
    };
  } catch (error) {
    return {
      state: undefined,
      stateProblem: error instanceof Error ? error.message : String(error),
    };
  }
}
