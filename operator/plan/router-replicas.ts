import { control } from '../../proto/index.ts';
import { leaveRotationMs } from '../build/index.ts';
import type { ObservedMember } from '../observe/index.ts';
import type { Drain } from './drain.ts';
import { isGoing, namesOf } from './health.ts';
import type { Policy } from './policy.ts';
import type { Replacement } from './rollout.ts';
import type { Waits } from './waits.ts';

export interface RouterReplicasInput {
  readonly desired: number;
  /** Of the StatefulSet; undefined before it is made. */
  readonly current: number | undefined;
  readonly routers: readonly ObservedMember[];
  /** Time over which a router moves its clients. */
  readonly drainMs: number;
  readonly policy: Policy;
  readonly waits: Waits;
}

export interface RouterReplicasPlan {
  readonly replicas: number;
  /** Those that go, answer, and are not draining yet. */
  readonly drains: readonly Drain[];
  /** Names of those among `drains` that are asked for the first time. */
  readonly begun: readonly string[];
  /** Routers that were drained, are wanted again, and are empty. */
  readonly replacements: readonly Replacement[];
  /** What goes on, for people; undefined: no router is being drained, or waits for it. */
  readonly progress: string | undefined;
}

/**
 * Replicas of the router StatefulSet. More at once. Fewer only after a drain: those who go leave the rotation all
 * together, so that no client is moved to one that goes next, and the set shrinks when each of them is empty, gone or
 * dead, or had its time. Nobody is drained while no router that stays is ready. A router that was drained doesn't come
 * back by itself: one that is wanted again is replaced once it is empty.
 */
export function planRouterReplicas(input: RouterReplicasInput): RouterReplicasPlan {
  const { desired, current, routers, drainMs, waits } = input;
  const shrinks = current !== undefined && current > desired;
  const present = routers.filter((router) => !isGoing(router));
  const leaving = shrinks ? present.filter((router) => router.ordinal >= desired) : [];
  const someoneStays = present.some((router) => router.ordinal < desired && router.ready);
  const kept = leaving.filter((it) => it.ready && !isDrained(it) && !someoneStays);
  const draining = leaving.filter((it) => !kept.includes(it) && !isOver(it, input));
  const asked = leaving.filter((it) => !kept.includes(it) && it.state && !isDrained(it));
  const regretted = present.filter((router) => router.ordinal < desired && isDrained(router));
  const emptying = regretted.filter((router) => !isOver(router, input));
  return {
    replicas: shrinks && draining.length + kept.length > 0 ? current : desired,
    drains: asked.flatMap(({ name, controlAddress }) => {
      if (controlAddress === undefined) return [];
      return [{ member: name, address: controlAddress, withinMs: drainMs }];
    }),
    begun: asked.filter(({ uid }) => waits.isNew(drainOf(uid))).map((router) => router.name),
    replacements: regretted
      .filter((router) => !emptying.includes(router))
      .map(({ name, uid }) => ({ pod: name, uid, why: 'it was drained and is wanted again' })),
    progress: progressOf({ draining, kept, emptying }, input),
  };
}

function drainOf(uid: string): string {
  return `drain/${uid}`;
}

/** It is out of the rotation for good. */
function isDrained({ state }: ObservedMember): boolean {
  return state?.phase === control.Phase.DRAINING || state?.phase === control.Phase.STOPPED;
}

/** Nothing is gained by waiting for it any longer. */
function isOver(router: ObservedMember, { drainMs, policy, waits }: RouterReplicasInput): boolean {
  const { uid, ready, state } = router;
  const withinMs = leaveRotationMs + drainMs + policy.drainMarginMs;
  const hadItsTime = waits.reached(drainOf(uid), withinMs);
  if (state) {
    const isEmpty = state.connections === 0 && state.subscriptions === 0;
    return hadItsTime || (isDrained(router) && isEmpty);
  }
  // One that only doesn't answer may have clients still.
  return hadItsTime || (!ready && waits.reached(`silent/${uid}`, policy.unreadyMsMax));
}

function progressOf(
  groups: Readonly<Record<'draining' | 'kept' | 'emptying', readonly ObservedMember[]>>,
  input: RouterReplicasInput,
): string | undefined {
  const { draining, kept, emptying } = groups;
  const left = (routers: readonly ObservedMember[]): string =>
    routers.map((router) => `${router.name}: ${leftOf(router, input)}`).join(', ');
  const parts = [
    ...(draining.length > 0 ? [`draining ${left(draining)}`] : []),
    ...(emptying.length > 0
      ? [
          `drained routers that are wanted again are replaced when they are empty: ${left(emptying)}`,
        ]
      : []),
    ...(kept.length > 0
      ? [`${namesOf(kept)} will be drained when a router that stays is ready`]
      : []),
  ];
  return parts.length > 0 ? parts.join('; ') : undefined;
}

/** `37 connections left` */
function leftOf({ uid, state }: ObservedMember, { policy, waits }: RouterReplicasInput): string {
  if (!state) return 'it does not answer';
  const what = state.connections > 0 ? 'connection' : 'subscription';
  const number = state.connections > 0 ? state.connections : state.subscriptions;
  const told = waits.told(`left/${what}/${uid}`, number, policy.drainLookMs);
  return `${told} ${what}${told === 1 ? '' : 's'} left`;
}
