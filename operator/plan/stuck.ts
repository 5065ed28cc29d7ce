import type { ObservedMember } from '../observe/index.ts';
import type { Policy } from './policy.ts';
import { isUpdated, type RolloutTier, tierOutdated } from './rollout-tier.ts';
import type { Waits } from './waits.ts';

/** Pods that a roll-out finds broken: out of date, and not ready for `stuckMsMax`. */
export interface StuckInput {
  readonly tiers: readonly RolloutTier[];
  readonly policy: Policy;
  readonly waits: Waits;
}

/**
 * Of each tier, the stuck pod to replace next: one whose process doesn't answer or serves nobody, before one that does
 * serve. The pod replaced before is ready first, so a template that is broken, too, costs one pod that serves. Those
 * that serve nobody don't wait for it longer than `replacedMsMax`: perhaps they take the place that it needs.
 */
export function nextStuck(
  input: StuckInput,
  mayGo: (member: ObservedMember) => boolean,
): readonly ObservedMember[] {
  const { tiers, policy, waits } = input;
  return tiers.flatMap((tier) => {
    // All of them are asked about: each counts its own time.
    const stuck = stuckIn(tier, input).filter(mayGo);
    const awaited = onTheirWay(tier);
    const hadTheirTime =
      awaited.length === 0 || waits.reached(`awaited/${awaited.join(' ')}`, policy.replacedMsMax);
    const next = stuck.find((member) => !mayServe(member)) ?? stuck[0];
    if (!next) return [];
    return awaited.length === 0 || (hadTheirTime && !mayServe(next)) ? [next] : [];
  });
}

/** Every stuck pod, by name. */
export function stuckNames(input: StuckInput): ReadonlySet<string> {
  return new Set(input.tiers.flatMap((tier) => stuckIn(tier, input)).map(({ name }) => name));
}

/** Somebody may still be served by it, although it isn't ready. */
export function mayServe({ component, state }: ObservedMember): boolean {
  if (!state) return false;
  return component === 'storage' || state.connections > 0 || state.subscriptions > 0;
}

function stuckIn(tier: RolloutTier, { policy, waits }: StuckInput): readonly ObservedMember[] {
  return tierOutdated(tier).filter((member) => {
    return !member.ready && waits.reached(`stuck/${member.uid}`, policy.stuckMsMax);
  });
}

/** The pods of a tier that are to be made, that start, or that go. */
function onTheirWay({ component, desired, members, settings }: RolloutTier): readonly string[] {
  const wanted = members.filter((member) => member.ordinal < desired);
  const moving = wanted.filter((member) => {
    return member.leaving || (!member.ready && isUpdated(member, settings));
  });
  const missing = wanted.length < desired ? [component] : [];
  return [...moving.map((member) => member.uid), ...missing];
}
