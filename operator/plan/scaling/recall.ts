import { type Component, components } from '../../names.ts';
import type { Observed } from '../../observe/index.ts';
import {
  problemsOf,
  statusSchema,
  type TierScalingStatus,
  type TopicClusterSpec,
} from '../../resource/index.ts';
import { remembered } from '../../scale/index.ts';
import { ownSet } from '../own-set.ts';
import type { Now } from './arrivals.ts';
import type { ScalingMemory, TierMemory } from './memory.ts';

/**
 * The memory of every tier that follows its load: that of the plan before; after a restart what the status says; for a
 * tier that begins to follow its load, as many members as it has. While the spec can't be read: what there is of it.
 */
export function recallScaling(observed: Observed, memory: ScalingMemory, now: Now): ScalingMemory {
  const { resolved } = observed;
  const tiers = components.flatMap((tier): [Component, TierMemory][] => {
    const before = memory[tier];
    const known = before && isOf(before, tier, observed) ? before : undefined;
    if (!resolved.ok) return known ? [[tier, known]] : [];
    const { spec } = resolved.cluster;
    if (spec.scaling[tier].max === undefined) return [];
    return [[tier, known ?? recalled(tier, observed, spec, now)]];
  });
  return Object.fromEntries(tiers);
}

/** Of this cluster, and not of a status that was an old one: until this operator told something, the status counts. */
function isOf({ uid, told }: TierMemory, tier: Component, { resource }: Observed): boolean {
  if (uid !== resource.metadata.uid) return false;
  return told?.verdict !== undefined || toldOf(tier, resource.status)?.at === told?.status.at;
}

function recalled(
  tier: Component,
  observed: Observed,
  spec: TopicClusterSpec,
  { nowMs, wallMs }: Now,
): TierMemory {
  const intervalMs = spec.scaling.intervalSeconds * 1000;
  const { metadata, status } = observed.resource;
  const told = toldOf(tier, status);
  const running = ownSet(observed, tier)?.spec.replicas ?? spec[tier].replicas;
  const { memory, leads } = remembered(told, { nowMs: wallMs, intervalMs });
  return {
    uid: metadata.uid,
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

/** What a status tells of a tier; undefined: nothing, or what no operator can have written. */
export function toldOf(tier: Component, status: unknown): TierScalingStatus | undefined {
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
