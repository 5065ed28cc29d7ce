import { isReady, type Pod, type TopicClusterStatus } from '../../operator/index.ts';

/** An operator has written by then what it saw; another has taken over where one was lost. */
const noticedWithinMs = 30_000;

/** What pods have been for so long that an operator would have said it. */
export interface Outdated {
  /** ISO 8601. */
  readonly since: string;
  /** For people. */
  readonly what: string;
}

/**
 * Whether the status speaks of pods as they were. What an operator calls ready is what the pod says of itself; and one
 * that sees a new pod writes that it isn't ready yet.
 * @param writtenMs when the status was written last, since 1970 by the API server's clock.
 * @param nowMs since 1970, by a clock that may be some seconds off from the API server's.
 */
export function outdated(
  status: TopicClusterStatus | undefined,
  pods: readonly Pod[],
  writtenMs: number | undefined,
  nowMs: number,
): Outdated | undefined {
  const said = [...(status?.routers?.members ?? []), ...(status?.storage?.members ?? [])];
  const found = said.flatMap(({ name, ready }) => {
    const pod = pods.find(({ metadata }) => metadata.name === name);
    const sinceMs = pod && ready ? (newSinceMs(pod, writtenMs) ?? unreadySinceMs(pod)) : undefined;
    if (sinceMs === undefined || nowMs - sinceMs < noticedWithinMs) return [];
    return [{ name, sinceMs }];
  });
  const [first] = found.toSorted((a, b) => a.sinceMs - b.sinceMs);
  if (!first) return undefined;
  const names = found.map(({ name }) => name).join(', ');
  return {
    since: new Date(first.sinceMs).toISOString().replace(/\.\d+/, ''),
    what: `the status is of ${names} before that`,
  };
}

/** undefined: it was there when the status was written, as far as is known. */
function newSinceMs({ metadata }: Pod, writtenMs: number | undefined): number | undefined {
  const createdMs = Date.parse(metadata.creationTimestamp ?? '');
  return writtenMs !== undefined && createdMs > writtenMs ? createdMs : undefined;
}

/** undefined: it is ready, or nobody can say since when it isn't. */
function unreadySinceMs(pod: Pod): number | undefined {
  if (isReady(pod) || pod.metadata.deletionTimestamp !== undefined) return undefined;
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  const { lastTransitionTime } = (ready ?? {}) as { readonly lastTransitionTime?: string | null };
  const ms = Date.parse(lastTransitionTime ?? pod.metadata.creationTimestamp ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}
