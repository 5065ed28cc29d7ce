import type { TierScalingStatus } from '../../resource/index.ts';
import {
  isUntold,
  recorded,
  type ScaleDecision,
  type ScaleInputs,
  tellMs,
} from '../../scale/index.ts';
import type { Now } from './arrivals.ts';
import type { TierMemory, Told } from './memory.ts';

/** What the status says of a tier: at once when something else was decided, else what it said, for a while. */
export function tell(
  { told, scale, arrivals, verdict }: TierMemory,
  decision: ScaleDecision,
  { nowMs, wallMs }: Now,
): Told {
  const { desired, reason, unknown, message, inputs } = decision;
  const isNews =
    told?.status.desired !== desired ||
    told.status.reason !== (unknown ?? reason) ||
    isUntold(scale, told.status);
  if (told && !isNews && nowMs - told.sinceMs < tellMs) return told;
  const status: TierScalingStatus = {
    desired,
    reason: unknown ?? reason,
    message,
    at: new Date(wallMs).toISOString(),
    ...(inputs && { inputs: inputsStatus(inputs) }),
    ...recorded({ memory: scale, leads: arrivals.leads }),
  };
  return { status, sinceMs: nowMs, verdict };
}

function inputsStatus(inputs: ScaleInputs): NonNullable<TierScalingStatus['inputs']> {
  const { dimension, load, expected, utilisation, hottest } = inputs;
  return {
    dimension,
    load: load.toFixed(2),
    expected: expected.toFixed(2),
    utilisationPercent: Math.round(utilisation * 100),
    hottest: `${hottest.member}: ${hottest.dimension}`,
    hottestPercent: Math.round(hottest.ratio * 100),
  };
}
