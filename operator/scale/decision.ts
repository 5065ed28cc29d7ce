import type { ForecastBounds } from './forecast.ts';
import type { Unknown, Verdict } from './judge.ts';
import type { TierLoad } from './load.ts';
import type { ScaleMemory } from './memory.ts';
import type { SurgeBounds } from './surge.ts';

/** How a tier is scaled; times in milliseconds, utilisation in parts of 1. */
export interface TierScaling {
  readonly min: number;
  readonly max: number;
  /** Utilisation that is aimed at. */
  readonly target: number;
  /** So many members may be lost without the others being more than full. */
  readonly spare: number;
  readonly forecast: boolean;
  /** Members go one at a time and never while the cluster is busy, whatever else is set: they own something. */
  readonly oneByOne: boolean;
  readonly out: Behaviour;
  readonly in: Behaviour;
}

/** In one direction. */
export interface Behaviour {
  readonly paused: boolean;
  /** Nothing is done while utilisation is off the target by no more than this part of it. */
  readonly tolerance: number;
  /** What is done is no more than what was recommended all this time. */
  readonly stabilisationMs: number;
  /** In one period: so many members, or this part of them, whichever is more. */
  readonly stepMembers: number;
  readonly stepPart: number;
  readonly periodMs: number;
}

export interface ScaleInput {
  /** Since 1970. */
  readonly nowMs: number;
  /** From one look at the load to the next. */
  readonly intervalMs: number;
  readonly spec: TierScaling;
  /** What was decided last; what runs, when nothing was. Members that start count, those that leave don't. */
  readonly current: number;
  readonly verdict: Verdict;
  /** What another source says, which is asked when the first one doesn't know. It adds members, and never takes any. */
  readonly fallback?: Verdict | undefined;
  /** What was believed, oldest first (`withLoad`); the last is the verdict's, when that is known. */
  readonly history: readonly TierLoad[];
  /** How far to look ahead: until a member that is started now would serve (`lookAheadMs`). */
  readonly leadMs: number;
  /** What goes on with the cluster, for people: nothing scales in meanwhile. Undefined: it is at rest. */
  readonly busy: string | undefined;
  readonly memory: ScaleMemory;
  /** Default: `scaleBounds`. */
  readonly bounds?: ScaleBounds;
}

export interface ScaleBounds {
  readonly forecast: ForecastBounds;
  readonly surge: SurgeBounds;
  /** A load that never was there lately is expected to grow to so many times what it is; not where members go one by one. */
  readonly growthMax: number;
  /** A member is hot above this part of the way from the target to full. */
  readonly hot: number;
  /** For hot members there are at most so many times the members that the load needs. */
  readonly hotMax: number;
  /** Without a reading for so many intervals, nobody knows what was right meanwhile. */
  readonly gapIntervals: number;
  /** What was carried within this time, and within so many times the stabilisation of scaling in, would still fit. */
  readonly peakMsMax: number;
  readonly peakStabilisations: number;
  /** Between two members that are added on a fallback's word. */
  readonly blindMs: number;
}

/** Why a tier has the size that it has. */
export type ScaleReason =
  /** It fits. */
  | 'OnTarget'
  | 'LoadHigh'
  /** It will be high by the time that a new member serves. */
  | 'LoadExpected'
  /** One member is nearly full, though all together are not. */
  | 'MemberHot'
  | 'LoadLow'
  /** Something else was recommended a while ago, or a step was made just now. */
  | 'Stabilising'
  /** It would be smaller if something else didn't go on. */
  | 'Busy'
  | 'Paused'
  | 'AtMinimum'
  | 'AtMaximum'
  | 'MetricsUnknown';

/** The numbers that a decision was made from. */
export interface ScaleInputs {
  /** The one that asks for most members. */
  readonly dimension: string;
  /** Of all members together, in members. */
  readonly load: number;
  /** The same when a member that is started now will serve. */
  readonly expected: number;
  /** Of what serves now; 1 is full. */
  readonly utilisation: number;
  readonly hottest: {
    readonly member: string;
    readonly dimension: string;
    readonly ratio: number;
  };
}

export interface ScaleDecision {
  readonly desired: number;
  readonly reason: ScaleReason;
  /** For people: what was decided, and from which numbers. */
  readonly message: string;
  /** What the load alone asks for; undefined: it isn't known. */
  readonly recommended: number | undefined;
  readonly inputs: ScaleInputs | undefined;
  /** Why the load isn't known. */
  readonly unknown: Unknown | undefined;
  /** For the next decision. */
  readonly memory: ScaleMemory;
}
