import type { Component } from '../../names.ts';
import type { PlannedTier } from './verdicts.ts';

/** A tier that follows its load, for who counts and measures. */
export interface TierView {
  readonly tier: Component;
  readonly desired: number;
  /** Which way `desired` changed just now; undefined: it didn't. */
  readonly scaled: 'out' | 'in' | undefined;
  /** What the load alone asks for; undefined: it isn't known. */
  readonly recommended: number | undefined;
  /** Of what serves, in parts of 1; undefined: it isn't known. */
  readonly utilisation: number | undefined;
  readonly target: number;
  readonly max: number;
  /** What it carries is known. */
  readonly isKnown: boolean;
}

export function tierView({ inputs, next }: PlannedTier): TierView {
  const { decision, desired, verdict } = next;
  const change = desired - inputs.memory.desired;
  return {
    tier: inputs.tier,
    desired,
    scaled: change === 0 ? undefined : change > 0 ? 'out' : 'in',
    recommended: decision?.recommended,
    utilisation: decision?.inputs?.utilisation,
    target: inputs.spec.targetPercent / 100,
    max: inputs.spec.max,
    isKnown: verdict?.kind === 'known',
  };
}
