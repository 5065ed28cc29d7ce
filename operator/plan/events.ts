import { formatVersion, noVersion } from '../../topology/index.ts';
import { templateHashAnnotation } from '../names.ts';
import type { MoveReason, TopicClusterStatus } from '../resource/index.ts';
import type { MoveStep } from './move.ts';
import type { PlannedObject } from './objects.ts';
import type { RebalancePlan } from './rebalance.ts';
import type { RolloutPlan } from './rollout.ts';
import type { RouterReplicasPlan } from './router-replicas.ts';
import { previousConditions } from './status.ts';
import type { TopologyDecision } from './topology.ts';

/** Something that a person who looks after the cluster wants to know. */
export interface PlanEvent {
  readonly type: 'Normal' | 'Warning';
  /** For machines. */
  readonly reason: string;
  /** For people. */
  readonly message: string;
}

export interface EventsInput {
  readonly decision: TopologyDecision | undefined;
  readonly objects: readonly PlannedObject[];
  readonly rollout: RolloutPlan;
  readonly routers: RouterReplicasPlan;
  readonly rebalance: RebalancePlan;
  readonly status: TopicClusterStatus;
}

/** What the plan does and what became of the cluster. Nothing when nothing changes. */
export function planEvents(
  { decision, objects, rollout, routers, rebalance, status }: EventsInput,
  previousStatus: unknown,
): readonly PlanEvent[] {
  return [
    ...topologyEvents(decision),
    ...objects.flatMap(objectEvents),
    ...routers.begun.map((router) => {
      return normal('Draining', `${router} moves its clients elsewhere: it is not wanted any more`);
    }),
    ...[...rollout.replacements, ...routers.replacements].map(({ pod, why }) => {
      return normal('Replaced', `Pod ${pod} is replaced: ${why}`);
    }),
    ...rebalanceEvents(rebalance),
    ...conditionEvents(status, previousStatus),
  ];
}

function normal(reason: string, message: string): PlanEvent {
  return { type: 'Normal', reason, message };
}

function rebalanceEvents({ begun, givenUp }: RebalancePlan): PlanEvent[] {
  return [
    ...(begun === undefined ? [] : [normal('Rebalancing', begun)]),
    ...(givenUp === undefined
      ? []
      : [{ type: 'Warning', reason: 'RebalanceGivenUp', message: givenUp } as const]),
  ];
}

function topologyEvents(decision: TopologyDecision | undefined): PlanEvent[] {
  if (decision?.kind !== 'changed') return [];
  const { step, topology, why } = decision;
  const message = `topology changed to ${formatVersion(topology.version ?? noVersion)}: ${why}`;
  if (!step) return [{ type: 'Normal', reason: 'TopologyChanged', message }];
  return [{ type: step === 'forced' ? 'Warning' : 'Normal', reason: stepReasons[step], message }];
}

const stepReasons: Readonly<Record<MoveStep, MoveReason>> = {
  begun: 'MoveBegun',
  committed: 'MoveCommitted',
  finished: 'MoveFinished',
  abandoned: 'MoveAbandoned',
  forced: 'MoveForced',
};

function objectEvents({ kind, object, differences }: PlannedObject): PlanEvent[] {
  // What there is to say of the record is said of the topology.
  if (kind === 'ConfigMap') return [];
  const { name } = object.metadata;
  // The hash says that something is different; what it is, stands beside it.
  const said = differences?.filter((line) => !line.includes(templateHashAnnotation));
  const shown = said?.length === 0 ? differences : said;
  return shown
    ? [{ type: 'Normal', reason: 'Changed', message: `${kind} ${name}: ${shown.join('; ')}` }]
    : [{ type: 'Normal', reason: 'Created', message: `${kind} ${name} is created` }];
}

function conditionEvents(status: TopicClusterStatus, previousStatus: unknown): PlanEvent[] {
  const before = previousConditions(previousStatus);
  return status.conditions.flatMap((condition): PlanEvent[] => {
    if (condition.type === 'Progressing') return [];
    const { status: was = 'False', reason, message } = before.get(condition.type) ?? {};
    const isNews =
      was !== condition.status ||
      (condition.status === 'True' && before.size > 0 && reason !== condition.reason) ||
      (condition.reason === 'InvalidSpec' && message !== condition.message);
    if (!isNews) return [];
    const good = (condition.type === 'Available') === (condition.status === 'True');
    const text = `${condition.type} is ${condition.status}: ${condition.message}`;
    return [{ type: good ? 'Normal' : 'Warning', reason: condition.reason, message: text }];
  });
}
