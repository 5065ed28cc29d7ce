import { formatClusterId, formatVersion, noVersion, termMax } from '../../topology/index.ts';
import { addressOf, isReady } from '../address.ts';
import { clusterIdIn, ownerOf } from '../build/index.ts';
import { formatKey } from '../keys.ts';
import type { Members } from '../members/members.ts';
import {
  belongsTo,
  type Component,
  clientServiceName,
  components,
  disruptionBudgetName,
  headlessServiceName,
  memberServiceAccountName,
  ordinalOf,
  statefulSetName,
  templateHashAnnotation,
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
  const [router, storage, pods, configMap, serviceAccount, services, budgets] = await Promise.all([
    store.get('StatefulSet', namespace, statefulSetName(name, 'router')),
    store.get('StatefulSet', namespace, statefulSetName(name, 'storage')),
    store.list('Pod', namespace),
    store.get('ConfigMap', namespace, topologyConfigMapName(name)),
    store.get('ServiceAccount', namespace, memberServiceAccountName(name)),
    Promise.all(serviceNames.map((it) => store.get('Service', namespace, it))),
    Promise.all(
      components.map((component) => {
        return store.get('PodDisruptionBudget', namespace, disruptionBudgetName(name, component));
      }),
    ),
  ]);
  const found = { router: podsOf(pods, name, 'router'), storage: podsOf(pods, name, 'storage') };
  const addresses = [...found.router, ...found.storage].map(({ pod }) => addressOf(pod, 'control'));
  members.retain(formatKey(key), new Set(addresses.filter((address) => address !== undefined)));
  const clusterId = formatClusterId(ownerOf(resource.metadata));
  const observeAll = (pods: readonly OrdinalPod[], component: Component) => {
    return Promise.all(
      pods.map(async (pod) => {
        return isOfAnother(pod, clusterId)
          ? unusable(pod, component)
          : await observe(members, pod, component, clusterId);
      }),
    );
  };
  const [routers, storageNodes] = await Promise.all([
    observeAll(found.router, 'router'),
    observeAll(found.storage, 'storage'),
  ]);
  return {
    key,
    resource,
    resolved: resolveTopicCluster(resource),
    sets: { router, storage },
    services: services.filter((service) => service !== undefined),
    budgets: budgets.filter((budget) => budget !== undefined),
    serviceAccount,
    configMap,
    held: readHeldTopology(configMap, clusterId),
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

/** It was left from an earlier cluster of this name: its process takes orders of that one only. */
function isOfAnother({ pod }: OrdinalPod, clusterId: string): boolean {
  return (clusterIdIn(pod.spec) ?? clusterId) !== clusterId;
}

/** It serves nobody here, whatever it says, and is not as it should be. */
function unusable(ordinalPod: OrdinalPod, component: Component): ObservedMember {
  const why = 'it belongs to an earlier cluster of this name';
  return {
    ...identityOf(ordinalPod, component),
    ready: false,
    templateHash: undefined,
    notReadyMessage: why,
    controlAddress: undefined,
    linkAddress: undefined,
    state: undefined,
    stateProblem: why,
  };
}

function identityOf({ pod, ordinal }: OrdinalPod, component: Component) {
  const { name, uid = '', deletionTimestamp } = pod.metadata;
  return {
    name,
    uid,
    component,
    ordinal,
    leaving: deletionTimestamp !== undefined,
    restarts: Math.max(0, ...(pod.status?.containerStatuses ?? []).map((c) => c.restartCount)),
  };
}

async function observe(
  members: Members,
  ordinalPod: OrdinalPod,
  component: Component,
  clusterId: string,
): Promise<ObservedMember> {
  const { pod } = ordinalPod;
  const controlAddress = addressOf(pod, 'control');
  return {
    ...identityOf(ordinalPod, component),
    ready: isReady(pod),
    templateHash: pod.metadata.annotations?.[templateHashAnnotation],
    notReadyMessage: notReadyMessage(pod),
    controlAddress,
    linkAddress: component === 'storage' ? addressOf(pod, 'link') : undefined,
    ...(await askState(members, pod.metadata.name, controlAddress, clusterId)),
  };
}

/** The most telling of what the pod says: why its container can't run, why it has no node, why it isn't ready. */
function notReadyMessage({ status }: Pod): string | undefined {
  for (const { state } of status?.containerStatuses ?? []) {
    const { reason, message } = state?.waiting ?? {};
    // A container that is being made says so too.
    if (reason !== undefined && reason !== 'ContainerCreating' && reason !== 'PodInitializing') {
      return message === undefined || message === '' ? reason : `${reason}: ${message}`;
    }
  }
  const conditions = status?.conditions ?? [];
  const unscheduled = conditions.find(({ type, status: is }) => {
    return type === 'PodScheduled' && is === 'False';
  });
  const { message, reason } = unscheduled ?? conditions.find(({ type }) => type === 'Ready') ?? {};
  return message === undefined || message === '' ? reason : message;
}

async function askState(
  members: Members,
  name: string,
  address: string | undefined,
  clusterId: string,
): Promise<Pick<ObservedMember, 'state' | 'stateProblem'>> {
  if (address === undefined) return { state: undefined, stateProblem: 'it has no address yet' };
  try {
    const state = await members.getState(address, clusterId);
    const version = state.version ?? noVersion;
    if (version.term > termMax) {
      const stateProblem = `it says that it holds topology ${formatVersion(version)}, which no operator can have made`;
      return { state: undefined, stateProblem };
    }
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
