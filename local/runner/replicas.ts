import { ordinalOf, type Pod, type StatefulSet } from '../../operator/index.ts';

export interface ReplicaPlan {
  readonly create: readonly Pod[];
  /** Names of pods to delete, highest ordinal first. */
  readonly remove: readonly string[];
}

/**
 * Which pods a set lacks and which it has too many of. All at once (Parallel), names are `<set>-<ordinal>`. A pod
 * keeps the template it was made from (OnDelete); one that is going keeps its name until it is gone.
 */
export function planReplicas(set: StatefulSet, pods: readonly Pod[]): ReplicaPlan {
  const taken = new Set(pods.map((pod) => pod.metadata.name));
  const create: Pod[] = [];
  for (let ordinal = 0; ordinal < set.spec.replicas; ordinal++) {
    if (!taken.has(podName(set, ordinal))) create.push(podOf(set, ordinal));
  }
  const ordinalIn = ({ metadata }: Pod): number =>
    ordinalOf(metadata.name, set.metadata.name) ?? Number.POSITIVE_INFINITY;
  const remove = pods
    .filter((pod) => isOwnedBy(pod, set) && pod.metadata.deletionTimestamp === undefined)
    .filter((pod) => ordinalIn(pod) >= set.spec.replicas)
    .toSorted((a, b) => (ordinalIn(a) < ordinalIn(b) ? 1 : -1))
    .map((pod) => pod.metadata.name);
  return { create, remove };
}

function podOf(set: StatefulSet, ordinal: number): Pod {
  const { metadata, spec } = set.spec.template;
  const name = podName(set, ordinal);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: set.metadata.namespace,
      labels: {
        ...metadata.labels,
        'statefulset.kubernetes.io/pod-name': name,
        'apps.kubernetes.io/pod-index': String(ordinal),
      },
      ...(metadata.annotations && { annotations: metadata.annotations }),
      ownerReferences: [
        {
          apiVersion: set.apiVersion,
          kind: set.kind,
          name: set.metadata.name,
          uid: set.metadata.uid ?? '',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec,
  };
}

/** Kubernetes' rule for the pods of any set. */
function podName(set: StatefulSet, ordinal: number): string {
  return `${set.metadata.name}-${ordinal}`;
}

function isOwnedBy(pod: Pod, set: StatefulSet): boolean {
  return (pod.metadata.ownerReferences ?? []).some((owner) => owner.uid === set.metadata.uid);
}
