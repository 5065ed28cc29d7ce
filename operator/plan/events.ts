import { formatVersion, noVersion } from '../../topology/index.ts';
import { templateHashAnnotation } from '../names.ts';
import type { MoveReason, Reason, TopicClusterStatus } from '../resource/index.ts';
import type { ForsakenPlan } from './forsaken.ts';
import { type PlannedObject, titleOf } from './objects.ts';
import type { MoveStep } from './owners.ts';
import { previousConditions } from './previous-conditions.ts';
import type { RebalancePlan } from './rebalance.ts';
import { deletionTitle, type Replacement } from './rollout.ts';
import type { RouterReplicasPlan } from './router-replicas.ts';
import type { ScalingPlan } from './scaling/index.ts';
import type { TopologyDecision } from './topology.ts';

/** Something that a person who looks after the cluster wants to know. */
export interface PlanEvent {
  readonly type: 'Normal' | 'Warning';
  /** For machines. */
  readonly reason: string;
  /** For people. */
  readonly message: string;
  /** What has to be written for it to be true: `Service demo`, or `status`. */
  readonly about: string;
}

export interface EventsInput {
  readonly decision: TopologyDecision | undefined;
  /** What became of a record that is put back. */
  readonly putBack: string | undefined;
  readonly objects: readonly PlannedObject[];
  readonly replacements: readonly Replacement[];
  readonly routers: RouterReplicasPlan;
  readonly forsaken: ForsakenPlan;
  readonly rebalance: RebalancePlan;
  readonly scaling: ScalingPlan;
  readonly status: TopicClusterStatus;
}

/** What the plan does and what became of the cluster. Nothing when nothing changes. */
export function planEvents(input: EventsInput, previousStatus: unknown): readonly PlanEvent[] {
  const { decision, putBack, objects, replacements, routers, forsaken, rebalance, status } = input;
  return [
    ...recordEvents(decision, putBack, objects),
    ...topologyEvents(decision, objects),
    ...objects.flatMap(objectEvents),
    ...routers.begun.map((router) => {
      const message = `${router} moves its clients elsewhere: it is not wanted any more`;
      return normal('Draining', message, 'routers');
    }),
    ...replacements.map(({ pod, why }) => {
      return normal('Replaced', `Pod ${pod} is replaced: ${why}`, deletionTitle({ pod }));
    }),
    ...(forsaken.begun === undefined
      ? []
      : [warning('TopicsLost', forsaken.begun, 'storage nodes')]),
    ...rebalanceEvents(rebalance),
    ...input.scaling.events,
    ...conditionEvents(status, previousStatus),
  ];
}

function normal(reason: string, message: string, about: string): PlanEvent {
  return { type: 'Normal', reason, message, about };
}

function warning(reason: string, message: string, about: string): PlanEvent {
  return { type: 'Warning', reason, message, about };
}

function rebalanceEvents({ begun, givenUp }: RebalancePlan): PlanEvent[] {
  const about = 'routers';
  return [
    ...(begun === undefined ? [] : [normal('Rebalancing', begun, about)]),
    ...(givenUp === undefined ? [] : [warning('RebalanceGivenUp', givenUp, about)]),
  ];
}

/** What became of a record that somebody else did away with, and of the topics. */
function recordEvents(
  decision: TopologyDecision | undefined,
  putBack: string | undefined,
  objects: readonly PlannedObject[],
): PlanEvent[] {
  const record = objects.find(({ kind }) => kind === 'ConfigMap');
  if (!record) return [];
  const about = titleOf(record);
  const said = `the record of the topology ${putBack}: it is put back, and no topic loses anything by it`;
  const lost = decision?.kind === 'changed' ? decision.lost : undefined;
  const words = `all topics begin new pages, and their histories are lost: ${lost}`;
  return [
    ...(putBack === undefined ? [] : [normal('RecordPutBack', said, about)]),
    ...(lost === undefined ? [] : [warning('TopicsLost', words, about)]),
  ];
}

/** One that can't be put on record isn't in force. */
function topologyEvents(
  decision: TopologyDecision | undefined,
  objects: readonly PlannedObject[],
): PlanEvent[] {
  const record = objects.find(({ kind }) => kind === 'ConfigMap');
  if (decision?.kind !== 'changed' || !record) return [];
  const { step, topology, why } = decision;
  const about = titleOf(record);
  const message = `topology changed to ${formatVersion(topology.version ?? noVersion)}: ${why}`;
  if (!step) return [normal('TopologyChanged', message, about)];
  const told = step === 'forced' ? warning : normal;
  return [told(stepReasons[step], message, about)];
}

const stepReasons: Readonly<Record<MoveStep, MoveReason>> = {
  begun: 'MoveBegun',
  committed: 'MoveCommitted',
  finished: 'MoveFinished',
  abandoned: 'MoveAbandoned',
  forced: 'MoveForced',
};

function objectEvents(planned: PlannedObject): PlanEvent[] {
  const { kind, differences } = planned;
  // What there is to say of the record is said of the topology.
  if (kind === 'ConfigMap') return [];
  const about = titleOf(planned);
  // The hash says that something is different; what it is, stands beside it.
  const said = differences?.filter((line) => !line.includes(templateHashAnnotation));
  const shown = said?.length === 0 ? differences : said;
  return shown
    ? [{ type: 'Normal', reason: 'Changed', message: `${about}: ${shown.join('; ')}`, about }]
    : [{ type: 'Normal', reason: 'Created', message: `${about} is created`, about }];
}

/** Whose messages name what a person has to mend: another message is another thing to do. */
const toBeMended: ReadonlySet<Reason> = new Set(['InvalidSpec', 'NameTaken', 'ApplyFailed']);

function conditionEvents(status: TopicClusterStatus, previousStatus: unknown): PlanEvent[] {
  const before = previousConditions(previousStatus);
  return status.conditions.flatMap((condition): PlanEvent[] => {
    if (condition.type === 'Progressing') return [];
    const { status: was = 'False', reason, message } = before.get(condition.type) ?? {};
    const isNews =
      was !== condition.status ||
      (condition.status === 'True' && before.size > 0 && reason !== condition.reason) ||
      (toBeMended.has(condition.reason) && message !== condition.message);
    if (!isNews) return [];
    const good = (condition.type !== 'Degraded') === (condition.status === 'True');
    const text = `${condition.type} is ${condition.status}: ${condition.message}`;
    const level = good ? 'Normal' : 'Warning';
    return [{ type: level, reason: condition.reason, message: text, about: 'status' }];
  });
}
