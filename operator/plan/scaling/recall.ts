import { type Component, components } from '../../names.ts';
import type { Observed } from '../../observe/index.ts';
import {
  problemsOf,
  statusSchema,
  type TierScalingStatus,
  type TopicClusterSpec,
} from '../../resource/index.ts';
import { remembered } from '../../scale/index.ts';
import type { Now } from './arrivals.ts';
import type { ScalingMemory, TierMemory } from './memory.ts';

/**
 * The memory of every tier that follows its load: that of the plan before; after a restart what the status says; for a
 * tier that begins to follow its load, as many members as it has.
 */
export function recallScaling(observed: Observed, memory: ScalingMemory, now: Now): ScalingMemory {
  const { resolved } = observed;
  if (!resolved.ok) return memory;
  const { spec } = resolved.cluster;
  const tiers = components.flatMap((tier): [Component, TierMemory][] => {
    if (spec.scaling[tier].max === undefined) return [];
    return [[tier, memory[tier] ?? recalled(tier, observed, spec, now)]];
  });
  return Object.fromEntries(tiers);
}

function recalled(
  tier: Component,
  observed: Observed,
  spec: TopicClusterSpec,
  { nowMs, wallMs }: Now,
): TierMemory {
  const intervalMs = spec.scaling.intervalSeconds * 1000;
  const told = statusOf(tier, observed.resource.status);
  const running = observed.sets[tier]?.spec.replicas ?? spec[tier].replicas;
  const { memory, leads } = remembered(told, { nowMs: wallMs, intervalMs });
  return {
    desired: told?.desired ?? running,
    history: [],
    verdict: undefined,
    decision: undefined,
    scale: memory,
    arrivals: { leads, pods: new Map() },
    reading: undefined,
    told: told && { status: told, sinceMs: nowMs, verdict: undefined },
  };
}

/** undefined: none is there, or one that no operator can have written. */
function statusOf(tier: Component, status: unknown): TierScalingStatus | undefined {
  const { scaling } = (status ?? {}) as { scaling?: Partial<Record<Component, unknown>> | null };
  const told = scaling?.[tier];
  const { fields } = statusSchema.fields.scaling;
  if (told === undefined || problemsOf(fields[tier], told, []).length > 0) return undefined;
  const { leads, recommendations, steps, ...said } = told as Partial<TierScalingStatus>;
  const { desired = 0, reason = '', message = '', at = '' } = said;
  if (desired < 1) return undefined;
  return {
    ...said,
    ...{ desired, reason, message, at },
    leads: leads ?? [],
    recommendations: recommendations ?? [],
    steps: steps ?? [],
  };
}
