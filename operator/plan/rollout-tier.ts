import type { topo } from '../../proto/index.ts';
import { type PodSettings, templateHash } from '../build/index.ts';
import { type Component, templateHashAnnotation } from '../names.ts';
import type { ObservedMember } from '../observe/index.ts';
import type { StatefulSet } from '../store.ts';
import { holds, namesOf } from './health.ts';

/** One tier, as far as a roll-out is concerned. */
export interface RolloutTier {
  readonly component: Component;
  readonly set: StatefulSet | undefined;
  /** Pods wanted: those with the ordinals below it. */
  readonly desired: number;
  readonly settings: PodSettings;
  readonly members: readonly ObservedMember[];
}

/** Whether the pod is made as the settings say. */
export function isUpdated(member: ObservedMember, settings: PodSettings): boolean {
  return member.templateHash === hashOf(settings);
}

/** One plan asks for every pod, more than once. */
const hashes = new WeakMap<PodSettings, string>();

function hashOf(settings: PodSettings): string {
  const known = hashes.get(settings);
  if (known !== undefined) return known;
  const hash = templateHash(settings);
  hashes.set(settings, hash);
  return hash;
}

/** The pods to replace, highest ordinal first. */
export function tierOutdated({ desired, settings, members }: RolloutTier): ObservedMember[] {
  return members
    .filter((member) => member.ordinal < desired && !member.leaving)
    .filter((member) => !isUpdated(member, settings))
    .toReversed();
}

/** A pod that is deleted while that is so would be made from the old template once more. For people. */
export function whyNotTakenUp(tiers: readonly RolloutTier[]): string | undefined {
  const behind = tiers.find(({ set, settings }) => !set || !isTakenUp(set, settings));
  return behind && `the template of the ${behind.component} pods to be taken up`;
}

/** The set has the template, and whoever makes its pods knows. */
function isTakenUp({ metadata, spec, status }: StatefulSet, settings: PodSettings): boolean {
  const hash = spec.template.metadata.annotations?.[templateHashAnnotation];
  if (hash !== hashOf(settings)) return false;
  const { observedGeneration } = status ?? {};
  return observedGeneration === undefined || observedGeneration >= (metadata.generation ?? 0);
}

/**
 * What of the members has to be over before a ready pod may go, for people.
 * @param passedOver names of those that it needn't be over for.
 */
export function whyUnsteady(
  tiers: readonly RolloutTier[],
  version: topo.Version,
  passedOver: ReadonlySet<string> = new Set(),
): string | undefined {
  for (const { component, desired, members: all } of tiers) {
    const members = all.filter((member) => !passedOver.has(member.name));
    const leaving = members.filter((member) => member.leaving || member.ordinal >= desired);
    if (leaving.length > 0) return `${namesOf(leaving)} to be gone`;
    if (all.length < desired) return `${desired - all.length} ${component} pods to be made`;
    const starting = members.filter((member) => !member.ready);
    if (starting.length > 0) return `${namesOf(starting)} to be ready`;
    const silent = silentIn(members);
    if (silent.length > 0) return `${namesOf(silent)} to answer`;
    const failing = members.filter((member) => failedCheckOf(member) !== '');
    if (failing.length > 0) return `${namesOf(failing)} to pass its checks`;
    const ending = members.filter((member) => member.state?.stopping === true);
    if (ending.length > 0) return `${namesOf(ending)} to have ended`;
    const behind = members.filter((member) => !holds(member, version));
    if (behind.length > 0) return `${namesOf(behind)} to take the topology`;
  }
  return undefined;
}

/** Those that Kubernetes finds ready and the operator can't speak with. */
export function silentIn(members: readonly ObservedMember[]): readonly ObservedMember[] {
  return members.filter((member) => member.ready && !member.state);
}

/** The check that a member says it failed, for people; empty: none. */
export function failedCheckOf({ state }: ObservedMember): string {
  return state?.failedCheck ?? '';
}
