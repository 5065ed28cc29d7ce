import type { topo } from '../../proto/index.ts';
import { noVersion } from '../../topology/index.ts';
import type { ObservedMember } from '../observe/index.ts';
import { isGoing, isHealthy, namesOf } from './health.ts';
import type { Policy } from './policy.ts';
import {
  failedCheckOf,
  isUpdated,
  type RolloutTier,
  silentIn,
  tierOutdated,
  whyNotTakenUp,
  whyUnsteady,
} from './rollout-tier.ts';
import { mayServe, nextStuck, stuckNames } from './stuck.ts';
import type { TopologyDecision } from './topology.ts';
import type { Waits } from './waits.ts';

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
  /** Pods that are as wanted and fail a check, or weren't ready for `replacedMsMax`, for people. They halt a roll-out. */
  readonly late: string | undefined;
  /** Pods that it waits for once every pod was replaced, for people. */
  readonly finishing: readonly string[];
}

export const noRollout: RolloutPlan = {
  replacements: [],
  outdated: [],
  waitingFor: undefined,
  late: undefined,
  finishing: [],
};

/** Noted for as long as it goes on. */
const rollingOut = 'rolling out';

/**
 * Which pods are replaced because their template is out of date: one ready pod at a time in the whole cluster, the
 * first tier first, the highest ordinal first, and only while every member is ready and holds the topology in force. A
 * storage node goes when it owns nothing (`planEvacuation`), a router when all that has been so for `steadyMsMin`. So a
 * new pod that doesn't become ready halts the roll-out until it is, or until the template changes again.
 *
 * Pods that are out of date and were not ready for `stuckMsMax` would halt it for ever: they go first, one at a time in
 * a tier. What doesn't answer, and what serves nobody, goes whatever else goes on. A router that has clients goes when
 * nothing but stuck pods is in the way, and moves them as any router that ends; the last storage nodes to answer go
 * when none of them serves by the rules.
 */
export function planRollout(input: RolloutInput): RolloutPlan {
  const { tiers } = input;
  const outdated = tiers.flatMap((tier) => tierOutdated(tier));
  const late = whyLate(input, outdated);
  const [next] = outdated;
  if (!next) return { ...noRollout, late, finishing: finishing(input) };
  input.waits.note(rollingOut, 1);
  const plan = { ...noRollout, outdated: outdated.map((member) => member.name), late };
  const untaken = whyNotTakenUp(tiers);
  if (untaken !== undefined) return { ...plan, waitingFor: untaken };

  const stuck = nextStuck(input, (member) => whyStays(member, input) === undefined);
  if (stuck.length > 0) {
    const why = 'its template is out of date and it does not become ready';
    const replacements = stuck.map((member) => replacement(member, why));
    return { ...plan, replacements, waitingFor: undefined };
  }
  const waitingFor = whyUnsettled(input);
  if (waitingFor !== undefined) return { ...plan, waitingFor };
  const notYet = next.component === 'storage' ? whyNeeded(next, input) : whyKept(input);
  if (notYet !== undefined) return { ...plan, waitingFor: notYet };
  return {
    ...plan,
    replacements: [replacement(next, 'its template is out of date')],
    waitingFor: undefined,
  };
}

function finishing({ tiers, waits }: RolloutInput): readonly string[] {
  if (waits.noted(rollingOut) === undefined) return [];
  const names = tiers.flatMap(({ component, desired, members }) => {
    const wanted = members.filter((member) => member.ordinal < desired);
    const absent = desired - wanted.length;
    const starting = wanted.filter((member) => !member.ready).map((member) => member.name);
    return absent > 0 ? [...starting, `${absent} ${component} to be started`] : starting;
  });
  if (names.length > 0) waits.note(rollingOut, 1);
  return names;
}

function replacement({ name, uid }: ObservedMember, why: string): Replacement {
  return { pod: name, uid, why };
}

/** What has to be over before a member that serves may go, for people. */
function whyUnsettled(
  { tiers, decision, topology }: RolloutInput,
  passedOver?: ReadonlySet<string>,
): string | undefined {
  if (decision.kind !== 'unchanged') return 'the topology to be settled';
  return whyUnsteady(tiers, topology?.version ?? noVersion, passedOver);
}

/** Why a stuck member isn't replaced, for people. */
function whyStays(member: ObservedMember, input: RolloutInput): string | undefined {
  if (member.component === 'storage') {
    return isForlorn(input) ? undefined : whyNeeded(member, input);
  }
  return mayServe(member) ? whyUnsettled(input, stuckNames(input)) : undefined;
}

/** Why a member can't be deleted without losing topics, for people. */
function whyNeeded(
  { name, component, state }: ObservedMember,
  { decision, topology }: RolloutInput,
): string | undefined {
  if (component !== 'storage' || !topology) return undefined;
  if (decision.kind !== 'unchanged') return 'the topology to be settled';
  const { storage, ring, move } = topology;
  const named = [...storage.map((member) => member.name), ...ring, ...(move?.ring ?? [])];
  const isNamed = named.includes(name) || state?.move?.done === false;
  return isNamed ? `the topics of ${name} to move` : undefined;
}

/** No storage node serves: nothing more is lost with those that are replaced. */
function isForlorn({ tiers }: RolloutInput): boolean {
  return !tiers.some(({ component, members }) => {
    const serve = members.some((it) => isHealthy(it) || (isGoing(it) && it.state !== undefined));
    return component === 'storage' && serve;
  });
}

/** Why a router isn't replaced yet although all are well, for people. */
function whyKept({ decision, policy, waits }: RolloutInput): string | undefined {
  if ('waitingFor' in decision && decision.waitingFor.length > 0) {
    return decision.waitingFor.join(', ');
  }
  return waits.reached('steady', policy.steadyMsMin) ? undefined : 'the cluster to stay steady';
}

function whyLate(
  { tiers, policy, waits }: RolloutInput,
  outdated: readonly ObservedMember[],
): string | undefined {
  const wanted = tiers.flatMap(({ members, desired, settings }) => {
    return members.filter((member) => {
      return member.ordinal < desired && !member.leaving && isUpdated(member, settings);
    });
  });
  const [failing] = wanted.filter((member) => {
    const isFailing = failedCheckOf(member) !== '';
    return isFailing && waits.reached(`failing/${member.uid}`, policy.failingMsMax);
  });
  if (failing) return `${failing.name} failed a check (${failedCheckOf(failing)})`;
  const silent = outdated.length === 0 ? [] : tiers.flatMap(({ members }) => silentIn(members));
  const [mute] = silent.filter((member) => {
    return waits.reached(`mute/${member.uid}`, policy.muteMsMax);
  });
  if (mute) {
    const because = mute.stateProblem === undefined ? '' : ` (${mute.stateProblem})`;
    return `${mute.name} is ready but does not answer the operator${because}`;
  }
  const late = wanted.filter((member) => {
    return !member.ready && waits.reached(`replaced/${member.uid}`, policy.replacedMsMax);
  });
  const [first] = late;
  if (!first) return undefined;
  const seconds = Math.round(policy.replacedMsMax / 1000);
  const reason = first.notReadyMessage ?? first.stateProblem;
  const because = reason === undefined ? '' : ` (${reason})`;
  return `${namesOf(late)} did not become ready within ${seconds} s${because}`;
}
