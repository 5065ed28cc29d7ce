import type { TierScaling } from '../../operator/scale/index.ts';

export function specOf(tier: 'router' | 'storage', max: number): TierScaling {
  return {
    min: 2,
    max,
    target: 0.78,
    spare: 1,
    forecast: true,
    oneByOne: tier === 'storage',
    out: {
      paused: false,
      tolerance: 0.05,
      stabilisationMs: 0,
      stepMembers: 4,
      stepPart: 4,
      periodMs: 15_000,
    },
    in: {
      paused: false,
      tolerance: 0.1,
      stabilisationMs: 180_000,
      stepMembers: 1,
      stepPart: tier === 'storage' ? 0 : 1,
      periodMs: 60_000,
    },
  };
}
