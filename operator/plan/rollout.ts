import type { topo } from '../../proto/index.ts';
import { noVersion } from '../../topology/index.ts';
import { type PodSettings, templateHash } from '../build/index.ts';
import { type Component, templateHashAnnotation } from '../names.ts';
import type { ObservedMember } from '../observe/index.ts';
import type { StatefulSet } from '../store.ts';
import type { Policy } from './policy.ts';
import { holds } from './replicas.ts';
import type { TopologyDecision } from './topology.ts';
import type { Waits } from './waits.ts';

/** One tier, as far as a rollout is concerned. */
export interface RolloutTier {
  readonly component: Component;
  readonly set: StatefulSet | undefined;
  readonly desired: number;
  readonly settings: PodSettings;
  readonly members: readonly ObservedMember[];
}

export interface RolloutInput {
  /** In the order in which they are rolled out. */
  readonly tiers: readonly RolloutTier[];
  readonly decision: TopologyDecision;
  /** In force. */
  readonly topology: topo.Topology | undefined;
  readonly policy: Policy;
  readonly waits: Waits;
}

/** A pod that is to be made anew from the template of its StatefulSet. */
export interface Replacement {
  readonly pod: string;
  /** Nothing is deleted when the pod is another one by now. */
  readonly uid: string;
  /** For people. */
  readonly why: string;
}

/** What is said of it: `deletion of Pod demo-router-0` */
export function deletionTitle({ pod }: Pick<Replacement, 'pod'>): string {
  return `deletion of Pod ${pod}`;
}

export interface RolloutPlan {
  readonly replacements: readonly Replacement[];
  /** Pods that are still to be replaced, those of this plan among them. */
  readonly outdated: readonly string[];
  /** Why nothing more is replaced now, for people; undefined when nothing is in the way. */
  readonly waitingFor: string | undefined;
  /** Pods that are as wanted but weren't ready for `replacedMsMax`, and why, for people. They halt a rollout. */
  readonly late: string | undefined;
}

export const noRollout: RolloutPlan = {
  replacements: [],
  outdated: [],
  waitingFor: undefined,
  late: undefined,
};

/**
 * Which pods are replaced because their template is out of date: one ready pod at a time in the whole cluster, the
 * first tier first, the highest ordinal first, and only while every member is ready, holds the topology in force and
 * has done so for `steadyMsMin`. One that is out of date and was not ready for `stuckMsMax` serves nobody: it is
 * replaced whatever else goes on. So a new pod that doesn't become ready halts the rollout until it is, or until the
 * template changes again.
 */
export function planRollout(input: RolloutInput): RolloutPlan {
  const { policy, waits } = input;
  const outdated = input.tiers.flatMap((tier) => tierOutdated(tier));
  const late = whyLate(input);
  if (outdated.length === 0) return { ...noRollout, late };
  const names = outdated.map((member) => member.name);
  // A pod that is deleted earlier would be made from the old template once more.
  const behind = input.tiers.find(({ set, settings }) => !set || !isTakenUp(set, settings));
  if (behind) {
    const waitingFor = `the template of the ${behind.component} pods to be taken up`;
    return { replacements: [], outdated: names, waitingFor, late };
  }

  const stuck = outdated.filter((member) => {
    return !member.ready && waits.reached(`stuck/${member.uid}`, policy.stuckMsMax);
  });
  if (stuck.length > 0) {
    const why = 'its template is out of date and it does not become ready';
    const replacements = stuck.map((member) => replacement(member, why));
    return { replacements, outdated: names, waitingFor: undefined, late };
  }
  const waitingFor = whyUnsteady(input);
  if (waitingFor !== undefined) {
    return { replacements: [], outdated: names, waitingFor, late };
  }
  if (!waits.reached('steady', policy.steadyMsMin)) {
    return { replacements: [], outdated: names, waitingFor: 'the cluster to stay steady', late };
  }
  const [next] = outdated;
  return {
    replacements: next ? [replacement(next, 'its template is out of date')] : [],
    outdated: names,
    waitingFor: undefined,
    late,
  };
}

function replacement({ name, uid }: ObservedMember, why: string): Replacement {
  return { pod: name, uid, why };
}

/** Whether the pod is made as the settings say. */
export function isUpdated(member: ObservedMember, settings: PodSettings): boolean {
  return member.templateHash === templateHash(settings);
}

/** The pods to replace, highest ordinal first. */
function tierOutdated({ desired, settings, members }: RolloutTier): ObservedMember[] {
  return members
    .filter((member) => member.ordinal < desired && !member.leaving)
    .filter((member) => !isUpdated(member, settings))
    .toReversed();
}

/** The set has the template, and whoever makes its pods knows. */
function isTakenUp({ metadata, spec, status }: StatefulSet, settings: PodSettings): boolean {
  const hash = spec.template.metadata.annotations?.[templateHashAnnotation];
  if (hash !== templateHash(settings)) return false;
  const { observedGeneration } = status ?? {};
  return observedGeneration === undefined || observedGeneration >= (metadata.generation ?? 0);
}

/** What has to be over before a ready pod may go, for people. */
function whyUnsteady({ tiers, decision, topology }: RolloutInput): string | undefined {
  if (decision.kind !== 'unchanged') return 'the topology to be settled';
  if (decision.waitingFor.length > 0) return decision.waitingFor.join(', ');
  for (const { component, desired, members } of tiers) {
    const leaving = members.filter((member) => member.leaving || member.ordinal >= desired);
    if (leaving.length > 0) return `${namesOf(leaving)} to be gone`;
    if (members.length < desired) return `${desired - members.length} ${component} pods to be made`;
    const starting = members.filter((member) => !member.ready);
    if (starting.length > 0) return `${namesOf(starting)} to be ready`;
    const version = topology?.version ?? noVersion;
    const behind = members.filter((member) => !holds(member, version));
    if (behind.length > 0) return `${namesOf(behind)} to take the topology`;
  }
  return undefined;
}

function whyLate({ tiers, policy, waits }: RolloutInput): string | undefined {
  const late = tiers.flatMap(({ members, desired, settings }) => {
    return members.filter((member) => {
      if (member.ordinal >= desired || member.ready || member.leaving) return false;
      if (!isUpdated(member, settings)) return false;
      return waits.reached(`replaced/${member.uid}`, policy.replacedMsMax);
    });
  });
  const [first] = late;
  if (!first) return undefined;
  const seconds = Math.round(policy.replacedMsMax / 1000);
  const reason = first.notReadyMessage ?? first.stateProblem;
  const because = reason === undefined ? '' : ` (${reason})`;
  return `${namesOf(late)} did not become ready within ${seconds} s${because}`;
}

function namesOf(members: readonly ObservedMember[]): string {
  return members.map((member) => member.name).join(', ');
}
