import { apiVersion } from './names.ts';
import type { ClusterKey } from './observe/observed.ts';
import type { Change } from './store.ts';

/** A cluster's key in the work queue. Neither part holds a slash. */
export function formatKey({ namespace, name }: ClusterKey): string {
  return `${namespace}/${name}`;
}

export function parseKey(key: string): ClusterKey {
  const slash = key.indexOf('/');
  if (slash < 0) throw new Error(`${key} is no key of a ${apiVersion} TopicCluster`);
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

const clusterOfName = {
  TopicCluster: /^(.+)$/,
  StatefulSet: /^(.+)-(?:router|storage)$/,
  Pod: /^(.+)-(?:router|storage)-[0-9]+$/,
  Service: /^(.+?)(?:-router|-storage)?$/,
  ConfigMap: /^(.+)-topology$/,
  ServiceAccount: /^(.+)-member$/,
  PodDisruptionBudget: /^(.+)-(?:router|storage)$/,
} as const;

/** The cluster that a change may concern, by the name of the object; whether it exists is not known here. */
export function clusterOfChange({ kind, namespace, name }: Change): ClusterKey | undefined {
  const cluster = clusterOfName[kind].exec(name)?.[1];
  return cluster === undefined ? undefined : { namespace, name: cluster };
}
