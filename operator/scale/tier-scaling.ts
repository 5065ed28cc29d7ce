import type { Component } from '../names.ts';
import type { TopicClusterSpec } from '../resource/index.ts';
import type { Behaviour, TierScaling } from './decision.ts';

type TierSpec = TopicClusterSpec['scaling'][Component];

/** What the resource says of a tier that follows its load, for decisions. */
export function tierScaling(
  { min, max, targetPercent, spare, forecast, ...spec }: TierSpec & { readonly max: number },
  tier: Component,
): TierScaling {
  return {
    ...{ min, max, target: targetPercent / 100, spare, forecast },
    oneByOne: tier === 'storage',
    out: behaviour(spec.out),
    in: behaviour(spec.in),
  };
}

function behaviour(spec: TierSpec['out']): Behaviour {
  return {
    paused: spec.paused,
    tolerance: spec.tolerancePercent / 100,
    stabilisationMs: spec.stabilisationSeconds * 1000,
    stepMembers: spec.stepMembers,
    stepPart: spec.stepPercent / 100,
    periodMs: spec.periodSeconds * 1000,
  };
}
