import { type Component, components } from '../../names.ts';
import type { Observed } from '../../observe/index.ts';
import type { ScalingStatus, TopicClusterSpec } from '../../resource/index.ts';
import type { PlanEvent } from '../events.ts';
import { previousConditions } from '../previous-conditions.ts';
import { scalingEvents } from './events.ts';
import type { ScalingMemory, TierMemory } from './memory.ts';
import { toldOf } from './recall.ts';
import { servingMembers } from './serving.ts';
import { loadSource } from './source.ts';
import { lookAgainMs, planTier, type TakenReading, type TierInput } from './tier.ts';
import { type ScalingVerdicts, scalingVerdicts } from './verdicts.ts';
import { type TierView, tierView } from './view.ts';

export interface ScalingInput {
  readonly observed: Observed;
  /** As `recallScaling` has it. */
  readonly memory: ScalingMemory;
  /** The last reading of each tier from outside. */
  readonly readings: ReadonlyMap<Component, TakenReading>;
  /** Of clusters that name neither a source nor a url; undefined: there is none. */
  readonly prometheusUrl: string | undefined;
  /** What goes on with the cluster, for people; undefined: it is at rest. */
  readonly busy: string | undefined;
  /** Monotonic. */
  readonly nowMs: number;
  /** Since 1970. */
  readonly wallMs: number;
}

export interface ScalingPlan {
  /** In force once the status is written. */
  readonly memory: ScalingMemory;
  /** undefined: no tier follows its load. */
  readonly status: ScalingStatus | undefined;
  readonly verdicts: ScalingVerdicts;
  readonly events: readonly PlanEvent[];
  /** Of each tier that follows its load. */
  readonly views: readonly TierView[];
  /** When to look again; undefined: when there is a reading. */
  readonly againMs: number | undefined;
}

/** How many members each tier that follows its load is to have from the next plan on. */
export function planScaling(input: ScalingInput): ScalingPlan {
  const { observed, memory } = input;
  if (!observed.resolved.ok)
    return { ...said(memory, observed), verdicts: {}, events: [], views: [], againMs: undefined };
  const { spec } = observed.resolved.cluster;
  const tiers = components.flatMap((tier) => {
    const inputs = tierInput(tier, spec, input);
    return inputs ? [{ inputs, next: planTier(inputs) }] : [];
  });
  const next: ScalingMemory = Object.fromEntries(tiers.map((it) => [it.inputs.tier, it.next]));
  const again = tiers.flatMap((it) => lookAgainMs({ ...it.inputs, memory: it.next }) ?? []);
  return {
    ...said(next),
    verdicts: scalingVerdicts(tiers, previousConditions(observed.resource.status)),
    events: tiers.flatMap((it) => scalingEvents(it.inputs, it.next)),
    views: tiers.map(tierView),
    againMs: again.length > 0 ? Math.min(...again) : undefined,
  };
}

/** @param before its status is what is told of tiers that nothing is remembered of. Default: nothing is */
function said(memory: ScalingMemory, before?: Observed): Pick<ScalingPlan, 'memory' | 'status'> {
  const told = components.flatMap((tier) => {
    const status = memory[tier]?.told?.status ?? toldOf(tier, before?.resource.status);
    return status ? [[tier, status] as const] : [];
  });
  return { memory, status: told.length > 0 ? Object.fromEntries(told) : undefined };
}

function tierInput(
  tier: Component,
  { scaling }: TopicClusterSpec,
  input: ScalingInput,
): TierInput | undefined {
  const memory: TierMemory | undefined = input.memory[tier];
  const { [tier]: spec, intervalSeconds } = scaling;
  const { max } = spec;
  if (max === undefined || !memory) return undefined;
  const { observed, readings, prometheusUrl, busy, nowMs, wallMs } = input;
  return {
    tier,
    spec: { ...spec, max },
    intervalMs: intervalSeconds * 1000,
    source: loadSource(scaling, prometheusUrl),
    members: tier === 'router' ? observed.routers : observed.storage,
    serving: servingMembers(observed, tier),
    taken: readings.get(tier),
    busy,
    memory,
    nowMs,
    wallMs,
  };
}
