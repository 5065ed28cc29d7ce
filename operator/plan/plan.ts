import type { topo } from '../../proto/index.ts';
import { noVersion } from '../../topology/index.ts';
import { drainMsOf, ownerOf } from '../build/index.ts';
import { type Component, statefulSetName } from '../names.ts';
import type { Observed, ObservedMember } from '../observe/index.ts';
import type { TopicClusterStatus } from '../resource/index.ts';
import { catchingUp } from './acknowledged.ts';
import type { Drain } from './drain.ts';
import { type Evacuation, needsSurge, noEvacuation, planEvacuation } from './evacuation.ts';
import { type PlanEvent, planEvents } from './events.ts';
import { planForsaken } from './forsaken.ts';
import { type Intent, intentOf } from './intent.ts';
import { planMoveStatus } from './move-status.ts';
import {
  accountTitle,
  type ObjectsPlan,
  type PlannedObject,
  planObjects,
  startsPods,
  titleOf,
  versionUnder,
  wishOf,
} from './objects.ts';
import { ownSet } from './own-set.ts';
import type { Policy } from './policy.ts';
import { duePushes, type PushPauses } from './push-pauses.ts';
import { type Push, planPushes } from './pushes.ts';
import { noRebalance, planRebalance, type RebalancePlan, type Shed } from './rebalance.ts';
import { recall } from './recall.ts';
import { type RefusalMemory, Refusals } from './refusals.ts';
import { planStorageReplicas } from './replicas.ts';
import {
  deletionTitle,
  noRollout,
  planRollout,
  type Replacement,
  type RolloutPlan,
} from './rollout.ts';
import { type RolloutTier, whyUnsteady } from './rollout-tier.ts';
import { planRouterReplicas, type RouterReplicasPlan } from './router-replicas.ts';
import {
  noScaling,
  planScaling,
  recallScaling,
  type ScalingMemory,
  type TakenReading,
  type TierView,
  whyBusy,
} from './scaling/index.ts';
import { startingPods } from './starting.ts';
import { planStatus } from './status.ts';
import { planStatusWrite, type StatusMemory } from './status-write.ts';
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
  /** Of the plan before, and what was learnt since. */
  readonly pushPauses: PushPauses;
  /** Of the plan before whose status was written. */
  readonly statusMemory: StatusMemory | undefined;
  /** What was last on record, as far as this operator knows. */
  readonly recorded: topo.Topology | undefined;
  /** Of the plan before whose status was written. */
  readonly scaling: ScalingMemory;
  /** What was last read of each tier's load, from outside; the members are asked as they are observed. */
  readonly readings: ReadonlyMap<Component, TakenReading>;
  /** Where clusters that name no source of their load have it from; undefined: from their members. */
  readonly prometheusUrl: string | undefined;
}

/** What to do about a cluster; `apply` says in which order. Empty when all is as it is to be. */
export interface Plan {
  readonly objects: readonly PlannedObject[];
  /** What members are given; it is on record before the first push. */
  readonly topology: topo.Topology | undefined;
  readonly pushes: readonly Push[];
  readonly drains: readonly Drain[];
  readonly sheds: readonly Shed[];
  readonly replacements: readonly Replacement[];
  /** undefined: the one there says it already. */
  readonly status: TopicClusterStatus | undefined;
  readonly events: readonly PlanEvent[];
  /** For the next plan. */
  readonly waits: WaitMemory;
  readonly refusals: RefusalMemory;
  readonly pushPauses: PushPauses;
  /** For the next plan, once this one's status is written. */
  readonly statusMemory: StatusMemory | undefined;
  /** What is on record until this plan's topology is; for the next plan. */
  readonly recorded: topo.Topology | undefined;
  /** For the next plan, once this one's status is written. */
  readonly scaling: ScalingMemory;
  /** Of the tiers that follow their load, once the status is written. */
  readonly views: readonly TierView[];
  /** When to plan again if nothing happens before; undefined: no need. */
  readonly requeueAfterMs: number | undefined;
}

/** The operator's mind: from what is to what is to be done. */
export function makePlan(found: Observed, context: PlanContext): Plan {
  const { observed, putBack, recorded } = recall(found, context.recorded, context.term);
  const waits = new Waits(context.waits, context.nowMs);
  const refusals = new Refusals(context.refusals, context.nowMs);
  const recalled = recallScaling(observed, context.scaling, context);
  const intent = intentOf(observed, context.defaultImage, recalled);
  const roll = planRoll(observed, intent, context, waits);
  const decision = intent && decideTopology(observed, intent, roll, context, waits);
  if (decision?.kind === 'superseded') {
    return nothingToDo({ ...context, waits: waits.memory, recorded });
  }
  const wanted = topologyOf(observed, decision);
  const replicas = planStorageReplicas({
    set: statefulSetName(observed.key.name, 'storage'),
    desired: roll.storage,
    current: observed.sets.storage?.spec.replicas,
    decision: decision ?? { kind: 'none', waitingFor: [] },
    routers: observed.routers,
    storage: observed.storage,
    policy: context.policy,
    waits,
  });
  const routers = planRouterReplicas({
    desired: intent?.routers ?? observed.sets.router?.spec.replicas ?? 0,
    current: observed.sets.router?.spec.replicas,
    routers: observed.routers,
    drainMs: drainMsOf(intent?.pods?.router),
    policy: context.policy,
    waits,
  });
  const forsaken = planForsaken({
    held: observed.held.kind === 'held' ? observed.held.topology : undefined,
    storage: observed.storage,
    wanted: roll.storage,
    policy: context.policy,
    waits,
  });
  const made: ObjectsPlan = intent
    ? planObjects(
        {
          owner: ownerOf(observed.resource.metadata),
          pods: intent.pods,
          routerReplicas: routers.replicas,
          storageReplicas: replicas.replicas,
          topology: wanted,
        },
        observed,
      )
    : { objects: [], taken: [] };
  const ready = made.objects.filter((it) => {
    return !refusals.holdBack(titleOf(it), wishOf(it), versionUnder(it));
  });
  const isTaken = (what: string): boolean => {
    return made.taken.includes(what) || refusals.memory.get(what)?.code === 'NameTaken';
  };
  const account = accountTitle(observed.key.name);
  const objects = ready.filter((it) => !isTaken(account) || !startsPods(it));
  // Nobody is given what can't be put on record.
  const isToBeWritten = decision?.kind === 'changed' || putBack !== undefined;
  const isOnRecord = !isToBeWritten || objects.some(({ kind }) => kind === 'ConfigMap');
  const topology = isOnRecord ? wanted : undefined;
  const wanting = planPushes(topology, [...observed.storage, ...observed.routers]);
  const pushes = duePushes(wanting, topology, context.pushPauses, context.nowMs);
  const rollout = decision
    ? planRollout({ tiers: roll.tiers, decision, topology, policy: context.policy, waits })
    : noRollout;
  const rebalance = decideRebalance(observed, intent, { roll, decision, rollout, routers }, waits);
  const replacements = [...rollout.replacements, ...routers.replacements].filter((it) => {
    return !refusals.holdBack(deletionTitle(it), { uid: it.uid }, undefined);
  });
  const desired = { routers: intent?.routers ?? 0, storage: intent?.storage ?? 0 };
  const { tiers } = roll;
  const busy = whyBusy({
    ...{ observed, desired, decision, rollout, routers, tiers, waits },
    policy: context.policy,
  });
  const scaling = planScaling({ ...context, observed, memory: recalled, busy });
  const status = planStatus({
    observed,
    decision,
    desired,
    scaling,
    pods: intent?.pods,
    rollout,
    move: planMoveStatus(observed, context.wallMs),
    draining: routers.progress,
    refused: [
      ...made.taken.map((what) => ({ what, code: 'NameTaken' as const, why: '' })),
      ...[...refusals.memory].map(([what, { code, why }]) => ({ what, code, why })),
    ],
    starting: startingPods([...observed.routers, ...observed.storage], {
      waits,
      policy: context.policy,
    }),
    waitingFor: [...waitingFor(decision), ...(replicas.waitingFor ? [replicas.waitingFor] : [])],
    pushes: wanting.length,
    catchingUp: ownersCatchingUp(observed, context.policy, waits),
    wallMs: context.wallMs,
    endpoint: context.endpoint,
  });
  const before = observed.resource.status;
  const write = planStatusWrite({
    wanted: status,
    there: before,
    memory: context.statusMemory,
    policy: context.policy,
    nowMs: context.nowMs,
  });
  return {
    objects,
    topology,
    pushes: pushes.due,
    drains: [...routers.drains, ...forsaken.drains],
    sheds: rebalance.sheds,
    replacements,
    status: write.status,
    events: planEvents(
      { decision, putBack, objects, replacements, routers, forsaken, rebalance, scaling, status },
      // What isn't written is no news.
      write.status ? before : status,
    ),
    waits: waits.memory,
    refusals: refusals.memory,
    pushPauses: pushes.pauses,
    statusMemory: write.memory,
    recorded,
    scaling: scaling.memory,
    views: scaling.views,
    requeueAfterMs: soonest(
      scaling.againMs,
      write.againMs,
      waits.nextMs,
      refusals.nextMs,
      pushes.nextMs,
      // Acknowledgements, and how far a move is, are seen by looking again.
      pushes.due.length > 0 || replacements.length > 0 || topology?.move
        ? context.policy.recheckMs
        : undefined,
      routers.progress === undefined ? undefined : context.policy.drainLookMs,
    ),
  };
}

/** A later leader is at work: this one says and writes nothing, the status included. */
function nothingToDo({
  waits,
  refusals,
  pushPauses,
  statusMemory,
  recorded,
}: Pick<Plan, 'waits' | 'refusals' | 'pushPauses' | 'statusMemory' | 'recorded'>): Plan {
  return {
    objects: [],
    topology: undefined,
    pushes: [],
    drains: [],
    sheds: [],
    replacements: [],
    status: undefined,
    events: [],
    waits,
    refusals,
    pushPauses,
    statusMemory,
    recorded,
    // What the other one decides is in the status.
    scaling: noScaling,
    views: [],
    requeueAfterMs: undefined,
  };
}

function decideTopology(
  observed: Observed,
  intent: Intent,
  { storage, evacuation }: Roll,
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
    wanted: storage,
    evacuation,
    held: observed.held,
    storage: observed.storage,
    routers: observed.routers,
    reported: versions.filter((version) => version !== undefined),
    policy: context.policy,
    waits,
  });
}

/** What a roll-out needs of everything else. */
interface Roll {
  /** Empty: the pods are left as they are made. */
  readonly tiers: readonly RolloutTier[];
  /** Storage nodes to go on with, one that stands in for the only one while that is replaced among them. */
  readonly storage: number;
  readonly evacuation: Evacuation;
}

function planRoll(
  observed: Observed,
  intent: Intent | undefined,
  { policy }: PlanContext,
  waits: Waits,
): Roll {
  if (!intent?.pods) return { tiers: [], storage: intent?.storage ?? 0, evacuation: noEvacuation };
  const held = observed.held.kind === 'held' ? observed.held.topology : undefined;
  const { pods } = intent;
  const tier = (component: Component, desired: number, members: readonly ObservedMember[]) => {
    const set = ownSet(observed, component);
    return { component, set, desired, settings: pods[component], members };
  };
  const wanted = tier('storage', intent.storage, observed.storage);
  const storage = intent.storage + (needsSurge([wanted], held) ? 1 : 0);
  const tiers = [{ ...wanted, desired: storage }, tier('router', intent.routers, observed.routers)];
  return { tiers, storage, evacuation: planEvacuation({ tiers, held, policy, waits }) };
}

function decideRebalance(
  observed: Observed,
  intent: Intent | undefined,
  plans: {
    readonly roll: Roll;
    readonly decision: TopologyDecision | undefined;
    readonly rollout: RolloutPlan;
    readonly routers: RouterReplicasPlan;
  },
  waits: Waits,
): RebalancePlan {
  if (!intent?.rebalance) return noRebalance;
  const { roll, decision, rollout, routers } = plans;
  const isSettled =
    decision?.kind === 'unchanged' && decision.waitingFor.length === 0 && !decision.topology.move;
  const isQuiet =
    isSettled &&
    rollout.outdated.length === 0 &&
    routers.progress === undefined &&
    observed.sets.router?.spec.replicas === intent.routers &&
    whyUnsteady(roll.tiers, decision.topology.version ?? noVersion) === undefined;
  return planRebalance({ routers: observed.routers, isQuiet, waits });
}

function ownersCatchingUp(
  { held, storage }: Observed,
  policy: Policy,
  waits: Waits,
): ReadonlySet<string> {
  if (held.kind !== 'held') return new Set();
  const pods = new Map(storage.map((pod) => [pod.name, pod]));
  return catchingUp({ topology: held.topology, pods }, { policy, waits });
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
