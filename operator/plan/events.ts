import { formatVersion, noVersion } from '../../topology/index.ts';
import { templateHashAnnotation } from '../names.ts';
import type { TopicClusterStatus } from '../resource/index.ts';
import type { PlannedObject } from './objects.ts';
import type { RolloutPlan } from './rollout.ts';
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
  readonly status: TopicClusterStatus;
}

/** What the plan does and what became of the cluster. Nothing when nothing changes. */
export function planEvents(
  { decision, objects, rollout, status }: EventsInput,
  previousStatus: unknown,
): readonly PlanEvent[] {
  return [
    ...topologyEvents(decision),
    ...objects.flatMap(objectEvents),
    ...rollout.replacements.map(({ pod, why }): PlanEvent => {
      return { type: 'Normal', reason: 'Replaced', message: `Pod ${pod} is replaced: ${why}` };
    }),
    ...conditionEvents(status, previousStatus),
  ];
}

function topologyEvents(decision: TopologyDecision | undefined): PlanEvent[] {
  if (decision?.kind !== 'changed') return [];
  const version = formatVersion(decision.topology.version ?? noVersion);
  const message = `topology changed to ${version}: ${decision.why}`;
  return [{ type: 'Normal', reason: 'TopologyChanged', message }];
}

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
