import { control } from '../../proto/index.ts';
import { formatVersion } from '../../topology/index.ts';
import type { PodSettings } from '../build/index.ts';
import type { Component } from '../names.ts';
import type { ObservedMember } from '../observe/index.ts';
import {
  type ComponentStatus,
  type Condition,
  conditionTypes,
  type MemberStatus,
  type Reason,
  type TopicClusterStatus,
} from '../resource/index.ts';
import { type ConditionsInput, verdicts } from './conditions.ts';
import { previousConditions } from './previous-conditions.ts';
import { isUpdated } from './rollout-tier.ts';
import type { ScalingPlan } from './scaling/index.ts';
import { whyStarting } from './starting.ts';

export interface StatusInput extends ConditionsInput {
  /** Milliseconds since 1970. */
  readonly wallMs: number;
  readonly endpoint: string;
  /** undefined: the pods are left as they are, whatever they are. */
  readonly pods: Readonly<Record<Component, PodSettings>> | undefined;
  readonly scaling: Pick<ScalingPlan, 'status' | 'verdicts' | 'views'>;
}

/** The status to be shown. Equal to the one before when nothing changed, times included. */
export function planStatus(input: StatusInput): TopicClusterStatus {
  const { observed, desired, endpoint, pods, starting, wallMs, move } = input;
  const observedGeneration = observed.resource.metadata.generation ?? 0;
  const before = previousConditions(observed.resource.status);
  const now = new Date(wallMs).toISOString();
  const said = { ...verdicts(input), ...input.scaling.verdicts };
  const { status: scaling } = input.scaling;
  const held = observed.held.kind === 'held' ? observed.held.topology.version : undefined;
  return {
    observedGeneration,
    conditions: conditionTypes.flatMap((type): Condition[] => {
      const verdict = said[type];
      if (!verdict) return [];
      const earlier = before.get(type);
      const since = earlier?.status === verdict.status ? earlier.lastTransitionTime : undefined;
      return [{ type, ...verdict, observedGeneration, lastTransitionTime: since ?? now }];
    }),
    routers: componentStatus(desired.routers, observed.routers, pods?.router, starting),
    storage: componentStatus(desired.storage, observed.storage, pods?.storage, starting),
    ...(held && { topology: { term: held.term, epoch: held.epoch } }),
    ...(move && { move }),
    ...(scaling && { scaling }),
    endpoint,
    summary: summaryOf(said),
  };
}

/** What a person should know first: what is wrong, then what is being done. */
function summaryOf({ Available, Progressing, Degraded }: ReturnType<typeof verdicts>): Reason {
  if (Degraded.status === 'True') return Degraded.reason;
  if (Progressing.status === 'True') return Progressing.reason;
  return Available.reason === 'Serving' ? Progressing.reason : Available.reason;
}

function componentStatus(
  desired: number,
  members: readonly ObservedMember[],
  settings: PodSettings | undefined,
  starting: ReadonlySet<string>,
): ComponentStatus {
  const ready = members.filter((member) => member.ready).length;
  const updated = members.filter((member) => !settings || isUpdated(member, settings)).length;
  return {
    desired,
    ready,
    updated,
    summary: `${ready}/${desired}`,
    members: members.map((member) => memberStatus(member, starting.has(member.uid))),
  };
}

const phases: Readonly<Record<control.Phase, string>> = {
  [control.Phase.UNSPECIFIED]: 'Unknown',
  [control.Phase.STARTING]: 'Starting',
  [control.Phase.WARMING]: 'Warming',
  [control.Phase.IN_ROTATION]: 'InRotation',
  [control.Phase.DRAINING]: 'Draining',
  [control.Phase.STOPPED]: 'Stopped',
};

function memberStatus(member: ObservedMember, isStarting: boolean): MemberStatus {
  const { state } = member;
  const version = state?.version;
  const problem = isStarting ? whyStarting(member) : member.stateProblem;
  const why = state?.reason || problem || member.notReadyMessage;
  const unsaid = isStarting ? control.Phase.STARTING : control.Phase.UNSPECIFIED;
  return {
    name: member.name,
    ready: member.ready,
    phase: phases[state?.phase ?? unsaid] ?? 'Unknown',
    ...(version && version.epoch > 0 && { topology: formatVersion(version) }),
    ...(!member.ready && why && { message: why }),
  };
}
