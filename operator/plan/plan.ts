import { isDeepStrictEqual } from 'node:util';
import type { topo } from '../../proto/index.ts';
import { ownerOf } from '../build/index.ts';
import { statefulSetName } from '../names.ts';
import type { Observed } from '../observe/index.ts';
import type { TopicClusterStatus } from '../resource/index.ts';
import { type PlanEvent, planEvents } from './events.ts';
import { type Intent, intentOf } from './intent.ts';
import { type ObjectsPlan, type PlannedObject, planObjects, titleOf, wishOf } from './objects.ts';
import type { Policy } from './policy.ts';
import { type Push, planPushes } from './pushes.ts';
import { type RefusalMemory, Refusals } from './refusals.ts';
import { planStorageReplicas } from './replicas.ts';
import {
  deletionTitle,
  noRollout,
  planRollout,
  type Replacement,
  type RolloutPlan,
} from './rollout.ts';
import { planStatus } from './status.ts';
import { planTopology, type TopologyDecision } from './topology.ts';
import { type WaitMemory, Waits } from './waits.ts';

export interface PlanContext {
  readonly term: number;
  /** The image of a new cluster that names none. */
  readonly defaultImage: string;
  readonly policy: Policy;
  readonly endpoint: string;
  /** Monotonic; for how long things last. */
  readonly nowMs: number;
  /** Since 1970; for what is written down. */
  readonly wallMs: number;
  /** Of the plan before. */
  readonly waits: WaitMemory;
  /** Of the plan before, and what was learnt since. */
  readonly refusals: RefusalMemory;
}

/** What to do about a cluster, in this order: objects, pushes, replacements, status. Empty when all is as it is to be. */
export interface Plan {
  readonly objects: readonly PlannedObject[];
  /** What members are given; it is on record before the first push. */
  readonly topology: topo.Topology | undefined;
  readonly pushes: readonly Push[];
  readonly replacements: readonly Replacement[];
  /** undefined: the one there says it already. */
  readonly status: TopicClusterStatus | undefined;
  readonly events: readonly PlanEvent[];
  /** For the next plan. */
  readonly waits: WaitMemory;
  readonly refusals: RefusalMemory;
  /** When to plan again if nothing happens before; undefined: no need. */
  readonly requeueAfterMs: number | undefined;
}

/** The operator's mind: from what is to what is to be done. */
export function makePlan(observed: Observed, context: PlanContext): Plan {
  const waits = new Waits(context.waits, context.nowMs);
  const refusals = new Refusals(context.refusals, context.nowMs);
  const intent = intentOf(observed, context.defaultImage);
  const decision = intent && decideTopology(observed, intent, context, waits);
  if (decision?.kind === 'superseded') return nothingToDo({ ...context, waits: waits.memory });
  const wanted = topologyOf(observed, decision);
  const replicas = planStorageReplicas({
    set: statefulSetName(observed.key.name, 'storage'),
    desired: intent?.storage ?? 0,
    current: observed.sets.storage?.spec.replicas,
    decision: decision ?? { kind: 'none', waitingFor: [] },
    routers: observed.routers,
    policy: context.policy,
    waits,
  });
  const made: ObjectsPlan = intent
    ? planObjects(
        {
          owner: ownerOf(observed.resource.metadata),
          pods: intent.pods,
          routerReplicas: intent.routers,
          storageReplicas: replicas.replicas,
          topology: wanted,
        },
        observed,
      )
    : { objects: [], taken: [] };
  const objects = made.objects.filter((it) => !refusals.holdBack(titleOf(it), wishOf(it)));
  // Nobody is given what can't be put on record.
  const isOnRecord =
    decision?.kind !== 'changed' || objects.some(({ kind }) => kind === 'ConfigMap');
  const topology = isOnRecord ? wanted : undefined;
  const pushes = planPushes(topology, [...observed.storage, ...observed.routers]);
  const rollout = decision ? decideRollout(observed, intent, decision, context, waits) : noRollout;
  const replacements = rollout.replacements.filter((it) => {
    return !refusals.holdBack(deletionTitle(it), { uid: it.uid });
  });
  const status = planStatus({
    observed,
    decision,
    desired: { routers: intent?.routers ?? 0, storage: intent?.storage ?? 0 },
    pods: intent?.pods,
    rollout,
    refused: [
      ...made.taken.map((what) => ({ what, code: 'NameTaken' as const, why: '' })),
      ...[...refusals.memory].map(([what, { code, why }]) => ({ what, code, why })),
    ],
    waitingFor: [...waitingFor(decision), ...(replicas.waitingFor ? [replicas.waitingFor] : [])],
    pushes: pushes.length,
    wallMs: context.wallMs,
    endpoint: context.endpoint,
  });
  const before = observed.resource.status;
  return {
    objects,
    topology,
    pushes,
    replacements,
    status: isDeepStrictEqual(status, before) ? undefined : status,
    events: planEvents({ decision, objects, replacements, status }, before),
    waits: waits.memory,
    refusals: refusals.memory,
    requeueAfterMs: soonest(
      waits.nextMs,
      refusals.nextMs,
      // Acknowledgements are seen by looking again.
      pushes.length > 0 || replacements.length > 0 ? context.policy.recheckMs : undefined,
    ),
  };
}

/** A later leader is at work: this one says and writes nothing, the status included. */
function nothingToDo({ waits, refusals }: Pick<Plan, 'waits' | 'refusals'>): Plan {
  return {
    objects: [],
    topology: undefined,
    pushes: [],
    replacements: [],
    status: undefined,
    events: [],
    waits,
    refusals,
    requeueAfterMs: undefined,
  };
}

function decideTopology(
  observed: Observed,
  intent: Intent,
  context: PlanContext,
  waits: Waits,
): TopologyDecision {
  const { metadata } = observed.resource;
  const bornMs = Date.parse(metadata.creationTimestamp ?? '');
  const versions = [...observed.storage, ...observed.routers].map((it) => it.state?.version);
  return planTopology({
    owner: ownerOf(metadata),
    bornMs: Number.isNaN(bornMs) ? context.wallMs : bornMs,
    term: context.term,
    intent,
    held: observed.held,
    storage: observed.storage,
    reported: versions.filter((version) => version !== undefined),
    policy: context.policy,
    waits,
  });
}

function decideRollout(
  observed: Observed,
  intent: Intent | undefined,
  decision: TopologyDecision,
  { policy }: PlanContext,
  waits: Waits,
): RolloutPlan {
  if (!intent?.pods) return noRollout;
  const { sets } = observed;
  return planRollout({
    tiers: [
      {
        component: 'storage',
        set: sets.storage,
        desired: intent.storage,
        settings: intent.pods.storage,
        members: observed.storage,
      },
      {
        component: 'router',
        set: sets.router,
        desired: intent.routers,
        settings: intent.pods.router,
        members: observed.routers,
      },
    ],
    decision,
    topology: topologyOf(observed, decision),
    policy,
    waits,
  });
}

/** The topology that is to be in force after the plan. */
function topologyOf(
  observed: Observed,
  decision: TopologyDecision | undefined,
): topo.Topology | undefined {
  if (decision?.kind === 'changed' || decision?.kind === 'unchanged') return decision.topology;
  return observed.held.kind === 'held' ? observed.held.topology : undefined;
}

function waitingFor(decision: TopologyDecision | undefined): readonly string[] {
  return decision && 'waitingFor' in decision ? decision.waitingFor : [];
}

function soonest(...delaysMs: readonly (number | undefined)[]): number | undefined {
  const known = delaysMs.filter((delay) => delay !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}
