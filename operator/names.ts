import type { Metadata } from './store.ts';

/** What the operator calls the objects of a cluster, and how it finds them again. */

export const components = ['router', 'storage'] as const;
export type Component = (typeof components)[number];

export const apiVersion = 'topicplane.dev/v1alpha1';
export const kind = 'TopicCluster';

export const labelNames = {
  name: 'app.kubernetes.io/name',
  instance: 'app.kubernetes.io/instance',
  component: 'app.kubernetes.io/component',
  managedBy: 'app.kubernetes.io/managed-by',
} as const;

/** `address.topicplane.dev/<port name>`: host:port at which a pod serves that port, when it isn't its IP address. */
export const addressAnnotationPrefix = 'address.topicplane.dev/';

/** Of a pod: what the user wanted of it when it was made. One that differs from its StatefulSet's is out of date. */
export const templateHashAnnotation = 'topicplane.dev/template-hash';

/** The key of the topology ConfigMap. */
export const topologyKey = 'topology.json';
/** Where pods find the topology ConfigMap's keys as files. */
export const topologyMountPath = '/etc/topicplane/topology';

export function statefulSetName(cluster: string, component: Component): string {
  return `${cluster}-${component}`;
}

/** The Service that clients dial. */
export function clientServiceName(cluster: string): string {
  return cluster;
}

/** The headless Service of a component, which gives its pods their DNS names. */
export function headlessServiceName(cluster: string, component: Component): string {
  return statefulSetName(cluster, component);
}

export function topologyConfigMapName(cluster: string): string {
  return `${cluster}-topology`;
}

/** What members run as; it may do nothing. */
export function memberServiceAccountName(cluster: string): string {
  return `${cluster}-member`;
}

/** The PodDisruptionBudget of a component. */
export function disruptionBudgetName(cluster: string, component: Component): string {
  return statefulSetName(cluster, component);
}

/** The labels by which a cluster's pods of one component are selected. */
export function selectorLabels(cluster: string, component: Component): Record<string, string> {
  return {
    [labelNames.name]: 'topicplane',
    [labelNames.instance]: cluster,
    [labelNames.component]: component,
  };
}

/** The labels of an object of a cluster; without a component, of one that belongs to all of it. */
export function objectLabels(cluster: string, component?: Component): Record<string, string> {
  return {
    [labelNames.name]: 'topicplane',
    [labelNames.instance]: cluster,
    ...(component && { [labelNames.component]: component }),
    [labelNames.managedBy]: 'topicplane-operator',
  };
}

/** Whether the labels name this cluster and component. */
export function belongsTo(metadata: Metadata, cluster: string, component: Component): boolean {
  const wanted = Object.entries(selectorLabels(cluster, component));
  return wanted.every(([label, value]) => metadata.labels?.[label] === value);
}

/** The ordinal of `<stateful set>-<ordinal>`; undefined for any other name. */
export function ordinalOf(podName: string, statefulSet: string): number | undefined {
  if (!podName.startsWith(`${statefulSet}-`)) return undefined;
  const digits = podName.slice(statefulSet.length + 1);
  return /^(0|[1-9][0-9]{0,5})$/.test(digits) ? Number(digits) : undefined;
}
