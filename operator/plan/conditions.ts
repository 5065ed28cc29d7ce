import type { topo } from '../../proto/index.ts';
import { committedMove, formatVersion, noVersion } from '../../topology/index.ts';
import type { Observed, ObservedMember } from '../observe/index.ts';
import type { MoveStatus, Reason } from '../resource/index.ts';
import type { RefusalCode } from '../store.ts';
import { whyCutOff } from './client-service.ts';
import { holds, isProcess, isServing, whyDown } from './health.ts';
import { moveText, plannedMove } from './move-status.ts';
import { ownersOf } from './ring.ts';
import type { RolloutPlan } from './rollout.ts';
import { isSpared, routersView } from './routers-view.ts';
import { type ScalingPlan, tierNames } from './scaling/index.ts';
import { whyStarting } from './starting.ts';
import type { ActingDecision } from './topology.ts';

export interface ConditionsInput {
  readonly observed: Observed;
  /** undefined: there is no intent, because the spec can't be read. */
  readonly decision: ActingDecision | undefined;
  /** Routers and storage nodes wanted. */
  readonly desired: { readonly routers: number; readonly storage: number };
  readonly rollout: RolloutPlan;
  /** The move that is under way. */
  readonly move: MoveStatus | undefined;
  /** Which routers are being drained, and how far they are, for people; undefined: none. */
  readonly draining: string | undefined;
  /** Of tiers that follow their load. Default: none does. */
  readonly scaling?: Pick<ScalingPlan, 'views'>;
  /** What could not be written. */
  readonly refused: readonly Refused[];
  /** What the plan waits for, for people. */
  readonly waitingFor: readonly string[];
  /** Members that this plan gives the topology. */
  readonly pushes: number;
  /** Pods, by uid, that were made a moment ago. */
  readonly starting: ReadonlySet<string>;
  /** Owners that hold an older topology, but not for long. Default: none. */
  readonly catchingUp?: ReadonlySet<string>;
}

export interface Refused {
  /** `Service demo` */
  readonly what: string;
  readonly code: RefusalCode;
  /** In the store's words. */
  readonly why: string;
}

export interface Verdict {
  readonly status: 'True' | 'False';
  readonly reason: Reason;
  readonly message: string;
}

/** What is said of each condition. It speaks of what was observed, before anything the plan does. */
export function verdicts(
  input: ConditionsInput,
): Readonly<Record<'Available' | 'Progressing' | 'Degraded', Verdict>> {
  return {
    Available: available(input),
    Progressing: progressing(input),
    Degraded: degraded(input),
  };
}

function available(input: ConditionsInput): Verdict {
  const { observed, desired, waitingFor, catchingUp, refused } = input;
  const held = observed.held.kind === 'held' ? observed.held.topology : undefined;
  if (!held) {
    const message = `no topic has an owner yet${waiting(waitingFor)}`;
    return { status: 'False', reason: 'NoTopology', message };
  }
  const ready = observed.routers.filter((router) => router.ready).length;
  if (ready === 0) {
    const message = `none of ${count(desired.routers, 'router')} is ready`;
    return { status: 'False', reason: 'NoRouterReady', message };
  }
  const owning = owningIn(held);
  const silent = held.storage.filter(({ name }) => {
    if (!owning.includes(name) || catchingUp?.has(name)) return false;
    return !acknowledged(name, held, observed);
  });
  if (silent.length > 0) {
    const names = silent.map((member) => member.name).join(', ');
    const message = `${names} did not acknowledge topology ${formatVersion(held.version ?? noVersion)}`;
    return { status: 'False', reason: 'OwnersNotAcknowledged', message };
  }
  const cutOff = whyCutOff(observed, refused);
  if (cutOff !== undefined) {
    const message = `clients don't come to the routers: ${cutOff}; Degraded says what to do`;
    return { status: 'False', reason: 'NoClientService', message };
  }
  const routers = `${ready} of ${count(desired.routers, 'router')} ready`;
  if (held.caches.length === 0) {
    const message = `${routers}, but there are no caches: every publish and subscribe fails until spec.caches has one`;
    return { status: 'True', reason: 'NoCaches', message };
  }
  const owners = `${count(owning.length, 'storage node')} with the topics of ${count(held.caches.length, 'cache')}`;
  return { status: 'True', reason: 'Serving', message: `${routers}, ${owners}` };
}

/** Those that topics may have as their owner; not those that a move is only prepared for. */
function owningIn(topology: topo.Topology): readonly string[] {
  return committedMove(topology) ? ownersOf(topology) : topology.ring;
}

function acknowledged(name: string, held: topo.Topology, observed: Observed): boolean {
  const pod = observed.storage.find((candidate) => candidate.name === name);
  const member = held.storage.find((candidate) => candidate.name === name);
  // It told the routers that serve by it.
  if (member && isSpared(held, member, pod, observed.routers)) return true;
  if (!pod || !member || !isProcess(pod, member)) return false;
  return holds(pod, held.version ?? noVersion);
}

function progressing(input: ConditionsInput): Verdict {
  const { observed, decision, desired, waitingFor, pushes, rollout, move } = input;
  if (decision?.kind === 'changed' && decision.topology.move) {
    const planned = plannedMove(decision.topology, decision.topology.move, move);
    const message = `${moveText(planned)}${waiting(waitingFor)}`;
    return { status: 'True', reason: 'Moving', message };
  }
  if (decision?.kind === 'changed') {
    const version = formatVersion(decision.topology.version ?? noVersion);
    const message = `topology ${version}: ${decision.why}`;
    return { status: 'True', reason: 'TopologyChanging', message };
  }
  if (decision === undefined || decision.kind === 'refused') {
    return { status: 'False', reason: 'Settled', message: 'nothing is being changed' };
  }
  const scaled = input.scaling?.views.filter(({ scaled }) => scaled !== undefined) ?? [];
  if (scaled.length > 0) {
    const message = scaled.map(({ tier, desired }) => `${desired} ${tierNames[tier]}`).join(', ');
    return { status: 'True', reason: 'Scaling', message: `there are to be ${message}` };
  }
  if (input.draining !== undefined) {
    return { status: 'True', reason: 'MembersLeaving', message: input.draining };
  }
  if (move) {
    const message = `${moveText(move)}${waiting(waitingFor)}`;
    return { status: 'True', reason: 'Moving', message };
  }
  if (rollout.outdated.length > 0) {
    return { status: 'True', reason: 'RollingOut', message: rollingOut(rollout) };
  }
  if (rollout.finishing.length > 0) {
    const message = `every pod is replaced${waiting(rollout.finishing)}`;
    return { status: 'True', reason: 'RollingOut', message };
  }
  const missing = [
    ...notReady(observed.routers, desired.routers, 'router'),
    ...notReady(observed.storage, desired.storage, 'storage node'),
  ];
  if (missing.length > 0) {
    const message = `waiting for ${missing.join(', ')}`;
    return { status: 'True', reason: 'MembersStarting', message };
  }
  if (pushes > 0) {
    const message = `the topology is being given to ${count(pushes, 'member')}`;
    return { status: 'True', reason: 'TopologyChanging', message };
  }
  const outside = withoutTopics(observed, desired.storage);
  if (outside.length > 0) {
    const message = `topics are still to be given to ${outside.join(', ')}${waiting(waitingFor)}`;
    return { status: 'True', reason: 'MembersStarting', message };
  }
  const leaving = [
    ...observed.routers.filter((router) => router.ordinal >= desired.routers),
    ...observed.storage.filter((storage) => storage.ordinal >= desired.storage),
  ].map((member) => member.name);
  if (leaving.length > 0) {
    const message = `${leaving.join(', ')} will be removed${waiting(waitingFor)}`;
    return { status: 'True', reason: 'MembersLeaving', message };
  }
  if (input.refused.length > 0) {
    const names = input.refused.map(({ what }) => what).join(', ');
    const message = `refused, and tried again: ${names}; Degraded says why`;
    return { status: 'True', reason: 'Refused', message };
  }
  return { status: 'False', reason: 'Settled', message: 'everything is as the spec says' };
}

/** Storage nodes that are wanted and own nothing, ready or not. */
function withoutTopics({ held, storage }: Observed, desired: number): readonly string[] {
  const ring = held.kind === 'held' ? held.topology.ring : [];
  const wanted = storage.filter((member) => member.ordinal < desired);
  return wanted.map((member) => member.name).filter((name) => !ring.includes(name));
}

function rollingOut({ outdated, replacements, waitingFor }: RolloutPlan): string {
  const left = `${count(outdated.length, 'pod')} to be replaced (${outdated.join(', ')})`;
  const now = replacements.map((replacement) => replacement.pod);
  if (now.length > 0) return `${left}; now ${now.join(', ')}`;
  return `${left}${waitingFor === undefined ? '' : `; waiting for ${waitingFor}`}`;
}

function notReady(members: readonly ObservedMember[], desired: number, what: string): string[] {
  const wanted = members.filter((member) => member.ordinal < desired);
  const absent = desired - wanted.length;
  const named = wanted.filter((member) => !member.ready).map((member) => member.name);
  return absent > 0 ? [...named, `${count(absent, what)} to be started`] : named;
}

function degraded(input: ConditionsInput): Verdict {
  const { observed, decision, rollout, refused } = input;
  if (!observed.resolved.ok) {
    const message = `the spec can't be followed: ${observed.resolved.problems.join('; ')}`;
    return { status: 'True', reason: 'InvalidSpec', message };
  }
  if (decision?.kind === 'refused') {
    const message = `no topology can be made of what is there: ${decision.reason}`;
    return { status: 'True', reason: 'TopologyRefused', message };
  }
  if (refused.length > 0) return refusal(refused);
  const { late, outdated } = rollout;
  if (late !== undefined && outdated.length > 0) {
    const message = `the rollout stands still: ${late}`;
    return { status: 'True', reason: 'RolloutHalted', message };
  }
  const { down, unreachable } = membersDown(input);
  const all = [...down, ...(late === undefined ? [] : [late]), ...unreachable];
  if (all.length > 0) {
    const reason = all.length > unreachable.length ? 'MembersDown' : 'MembersUnreachable';
    return { status: 'True', reason, message: all.join('; ') };
  }
  return { status: 'False', reason: 'AsDesired', message: 'no member is down' };
}

/** All of it is named, and what to do about it. */
function refusal(refused: readonly Refused[]): Verdict {
  const taken = refused.filter(({ code }) => code === 'NameTaken').map(({ what }) => what);
  const failed = refused.filter(({ code }) => code === 'ApplyFailed');
  const parts = [
    ...(taken.length > 0
      ? [
          `there already, and not of this cluster: ${taken.join(', ')}; delete what has the name, or name the cluster otherwise`,
        ]
      : []),
    ...failed.map(({ what, why }) => `${what} is refused (${why}); it is tried again`),
  ];
  const reason = taken.length > 0 ? 'NameTaken' : 'ApplyFailed';
  return { status: 'True', reason, message: parts.join('; ') };
}

interface MembersDown {
  readonly down: readonly string[];
  /** They serve, though the operator doesn't reach them. */
  readonly unreachable: readonly string[];
}

/** Those that own topics and don't serve, and those that were restarted and aren't ready again. For people. */
function membersDown({ observed, desired, starting }: ConditionsInput): MembersDown {
  const held = observed.held.kind === 'held' ? observed.held.topology : undefined;
  const names = held ? owningIn(held) : [];
  const pods = new Map(observed.storage.map((pod) => [pod.name, pod]));
  const members = (held?.storage ?? []).filter(({ name }) => names.includes(name));
  const notServing = members.filter((member) => !isServing(pods.get(member.name), member));
  const spared = notServing.filter((member) => {
    return held && isSpared(held, member, pods.get(member.name), observed.routers);
  });
  const owning = notServing.map((member) => member.name);
  const restarted = [
    ...observed.routers.filter((router) => router.ordinal < desired.routers),
    ...observed.storage.filter((storage) => storage.ordinal < desired.storage),
  ].filter((member) => {
    return !member.ready && !member.leaving && member.restarts > 0 && !owning.includes(member.name);
  });
  const down = notServing.filter((member) => !spared.includes(member));
  const why = (pod: ObservedMember | undefined): string => {
    return pod && starting.has(pod.uid) ? whyStarting(pod) : whyDown(pod);
  };
  return {
    down: [
      ...down.map(({ name }) => `${name} is down (${why(pods.get(name))})`),
      ...restarted.map((member) => `${member.name} is down (${whyDown(member)})`),
    ],
    unreachable: spared.map((member) => {
      const { asked, hearing } = routersView(member, observed.routers);
      const unreached = whyDown(pods.get(member.name));
      return `the operator can't reach ${member.name} (${unreached}), but ${hearing} of ${count(asked, 'router')} can: it keeps its topics, and no others can move; check what is between the operator and its control port, such as a NetworkPolicy`;
    }),
  };
}

function waiting(waitingFor: readonly string[]): string {
  return waitingFor.length > 0 ? `; waiting for ${waitingFor.join(', ')}` : '';
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
