import { labelNames } from '../names.ts';
import type { Kind, Kinds, KubeObject, Pod } from '../store.ts';

interface Resource {
  readonly apiVersion: string;
  readonly plural: string;
}

/** Where the API server keeps each kind. */
const resources = {
  TopicCluster: { apiVersion: 'topicplane.dev/v1alpha1', plural: 'topicclusters' },
  StatefulSet: { apiVersion: 'apps/v1', plural: 'statefulsets' },
  Pod: { apiVersion: 'v1', plural: 'pods' },
  Service: { apiVersion: 'v1', plural: 'services' },
  ConfigMap: { apiVersion: 'v1', plural: 'configmaps' },
  ServiceAccount: { apiVersion: 'v1', plural: 'serviceaccounts' },
  PodDisruptionBudget: { apiVersion: 'policy/v1', plural: 'poddisruptionbudgets' },
} as const satisfies Readonly<Record<Kind, Resource>>;

/** Every kind is watched. */
export const watchedKinds = Object.keys(resources) as readonly Kind[];

export function resourceOf(kind: Kind): Resource {
  return resources[kind];
}

/** The path of a kind's collection; of one object with a name, of all namespaces without a namespace. */
export function pathOf(kind: Kind, namespace?: string, name?: string): string {
  const { apiVersion, plural } = resourceOf(kind);
  return pathOfResource(apiVersion, plural, namespace, name);
}

export function pathOfResource(
  apiVersion: string,
  plural: string,
  namespace?: string,
  name?: string,
): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${root}${scope}/${plural}${object}`;
}

/** What the operator's own objects carry. */
export const childSelector = `${labelNames.managedBy}=topicplane-operator`;

/** People make TopicClusters; everything else that concerns the operator was made by it. */
export function selectorOf(kind: Kind): string | undefined {
  return kind === 'TopicCluster' ? undefined : childSelector;
}

/** What the API server sends, as the operator's types have it. Lists don't repeat the kind in each item. */
export function readObject<K extends Kind>(kind: K, received: KubeObject): Kinds[K] {
  const { managedFields: _, ...metadata } = received.metadata as KubeObject['metadata'] & {
    readonly managedFields?: unknown;
  };
  const { apiVersion } = resourceOf(kind);
  const object = { ...received, apiVersion, kind, metadata };
  return (kind === 'Pod' ? readPod(object as unknown as Pod) : object) as Kinds[K];
}

/** Containers that something else put into the pod may name no ports. */
function readPod(pod: Pod): Pod {
  const containers = pod.spec.containers.map((container) => {
    return { ...container, args: container.args ?? [], ports: container.ports ?? [] };
  });
  return { ...pod, spec: { ...pod.spec, containers } };
}
