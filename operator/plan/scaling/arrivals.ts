import type { ObservedMember } from '../../observe/index.ts';
import { type Lead, withLead } from '../../scale/index.ts';

/** The members of a tier, as they come: how long each took until it served, and since when it does. */
export interface Arrivals {
  /** Oldest first. */
  readonly leads: readonly Lead[];
  /** Every pod there is, by uid. */
  readonly pods: ReadonlyMap<string, Arrival>;
}

type Arrival =
  /** It is waited for since then (monotonic). */
  | { readonly kind: 'awaited'; readonly sinceMs: number }
  /** It serves, or has; since 1970; undefined: it did when it was first seen. */
  | { readonly kind: 'arrived'; readonly servesSinceMs: number | undefined };

export interface Now {
  /** Monotonic. */
  readonly nowMs: number;
  /** Since 1970. */
  readonly wallMs: number;
}

/** A pod that stops to serve isn't new when it does again. */
export function nextArrivals(
  { leads, pods }: Arrivals,
  members: readonly ObservedMember[],
  serving: readonly ObservedMember[],
  { nowMs, wallMs }: Now,
): Arrivals {
  const serve = new Set(serving.map(({ uid }) => uid));
  let all = leads;
  const next = members.map(({ uid }): [string, Arrival] => {
    const before = pods.get(uid);
    if (!serve.has(uid)) return [uid, before ?? { kind: 'awaited', sinceMs: nowMs }];
    if (before?.kind === 'arrived') return [uid, before];
    if (before) all = withLead(all, { atMs: wallMs, ms: nowMs - before.sinceMs });
    return [uid, { kind: 'arrived', servesSinceMs: before && wallMs }];
  });
  return { leads: all, pods: new Map(next) };
}

/** Since when members serve, by name, where that is known; since 1970. */
export function servingSince(
  { pods }: Arrivals,
  serving: readonly ObservedMember[],
): ReadonlyMap<string, number> {
  const known = serving.flatMap(({ name, uid }): [string, number][] => {
    const pod = pods.get(uid);
    if (pod?.kind !== 'arrived' || pod.servesSinceMs === undefined) return [];
    return [[name, pod.servesSinceMs]];
  });
  return new Map(known);
}
