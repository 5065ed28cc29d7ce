import type { Outdated } from './outdated.ts';
import type { ClusterView } from './view.ts';

/** How a cluster is, in a few words, for the head of what is shown. */
export type State =
  /** All is as the newest spec says, and serves. */
  | 'ready'
  | 'serving, changing'
  /** Something is as the operator can't or won't have it. */
  | 'serving, degraded'
  /** By an earlier spec: the operator doesn't know of the newest one. */
  | 'serving, newest spec not seen'
  | 'not ready'
  /** The status is of earlier, and nobody says how the cluster is. */
  | 'status outdated'
  | 'being deleted';

/**
 * @param isSettled whether everything that was asked for is there and serves.
 * @param past what shows that the status is of earlier.
 */
export function stateOf(
  { metadata, status }: ClusterView['cluster'],
  isSettled: boolean,
  past?: Outdated,
): State {
  if (metadata.deletionTimestamp !== undefined) return 'being deleted';
  if (past) return 'status outdated';
  const is = (type: string): boolean =>
    status?.conditions.some((it) => it.type === type && it.status === 'True') ?? false;
  if (!is('Available')) return 'not ready';
  if (status && isBehind(status.observedGeneration, metadata.generation)) {
    return 'serving, newest spec not seen';
  }
  if (is('Degraded') && !is('Progressing')) return 'serving, degraded';
  return isSettled ? 'ready' : 'serving, changing';
}

/** What whoever looks at a cluster on Kubernetes should know about the operator; undefined: nothing. */
export function operatorHint(
  { metadata, status }: ClusterView['cluster'],
  past?: Outdated,
): string | undefined {
  const { generation, namespace } = metadata;
  const ask = `does one run that serves namespace ${namespace}?`;
  if (!status) return `no operator has seen it yet: ${ask}`;
  if (past) return `no operator has looked since ${past.since} (${past.what}): ${ask}`;
  const { observedGeneration: seen } = status;
  return isBehind(seen, generation)
    ? `the operator has not seen generation ${generation} yet (last seen: ${seen}): ${ask}`
    : undefined;
}

/** What will not work although everything runs; undefined: nothing. */
export function cachesHint({ spec }: ClusterView['cluster']): string | undefined {
  return cachesOf(spec).length === 0
    ? 'it has no caches, so every publish and subscribe fails: add one to spec.caches'
    : undefined;
}

/** The names of the caches of a spec, whatever it is. */
export function cachesOf(spec: unknown): string[] {
  const caches = (spec as { readonly caches?: unknown } | null | undefined)?.caches;
  if (!Array.isArray(caches)) return [];
  return caches.map((cache: unknown) => String((cache as { name?: unknown } | null)?.name));
}

function isBehind(seen: number, generation: number | undefined): boolean {
  return generation !== undefined && seen < generation;
}
