import type { Component } from '../../names.ts';
import type { TierScalingStatus } from '../../resource/index.ts';
import type { ScaleDecision, ScaleMemory, TierLoad, Verdict } from '../../scale/index.ts';
import type { Arrivals } from './arrivals.ts';

/** What one look at a tier that follows its load leaves to the next, once the status that tells of it is written. */
export interface TierMemory {
  /** Of the TopicCluster; one that is made again under its name begins anew. */
  readonly uid: string | undefined;
  /** Members that the tier is to have. */
  readonly desired: number;
  /** What was believed lately, oldest first. */
  readonly history: readonly TierLoad[];
  /** Of the last reading; undefined: there was none yet. */
  readonly verdict: Verdict | undefined;
  readonly decision: ScaleDecision | undefined;
  readonly scale: ScaleMemory;
  readonly arrivals: Arrivals;
  /** Of the last reading that was judged. */
  readonly reading: { readonly number: number; readonly nowMs: number } | undefined;
  /** What the status says, and since when (monotonic) it says so; undefined: nothing yet. */
  readonly told: Told | undefined;
}

export interface Told {
  readonly status: TierScalingStatus;
  readonly sinceMs: number;
  /** What it was said after; undefined: an operator before said it. */
  readonly verdict: Verdict | undefined;
}

/** By tier; one that doesn't follow its load has none. */
export type ScalingMemory = Readonly<Partial<Record<Component, TierMemory>>>;

export const noScaling: ScalingMemory = {};
