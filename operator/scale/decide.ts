import { type ForecastBounds, forecast, forecastBounds } from './forecast.ts';
import type { Unknown, Verdict } from './judge.ts';
import type { TierLoad } from './load.ts';
import {
  beforeSteps,
  leastWithin,
  mostWithin,
  type ScaleMemory,
  withRecommendation,
  withStep,
} from './memory.ts';

/** How a tier is scaled; times in milliseconds, utilisation in parts of 1. */
export interface TierScaling {
  readonly min: number;
  readonly max: number;
  /** Utilisation that is aimed at. */
  readonly target: number;
  /** So many members may be lost without the others being more than full. */
  readonly spare: number;
  readonly forecast: boolean;
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
  readonly spec: TierScaling;
  /** What was decided last; what runs, when nothing was. Members that start count, those that leave don't. */
  readonly current: number;
  readonly verdict: Verdict;
  /** What was believed, oldest first; the last is the verdict's, when that is known. */
  readonly history: readonly TierLoad[];
  /** How long a new member takes until it serves. */
  readonly leadMs: number;
  /** What goes on with the cluster, for people: nothing scales in meanwhile. Undefined: it is at rest. */
  readonly busy: string | undefined;
  readonly memory: ScaleMemory;
  /** Default: `scaleBounds`. */
  readonly bounds?: ScaleBounds;
}

export interface ScaleBounds {
  readonly forecast: ForecastBounds;
  /** A member is hot above this part of the way from the target to full. */
  readonly hot: number;
  /** Without a reading for this long, what was recommended before counts no more. */
  readonly gapMsMax: number;
}

export const scaleBounds: ScaleBounds = {
  forecast: forecastBounds,
  hot: 0.5,
  gapMsMax: 120_000,
};

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

interface Wish {
  readonly members: number;
  readonly reason: ScaleReason;
  readonly why: string;
}

/** How many members a tier is to have. */
export function decide(input: ScaleInput): ScaleDecision {
  const { spec, current, verdict, nowMs } = input;
  const bounds = input.bounds ?? scaleBounds;
  if (current < spec.min) {
    return changed(input, spec.min, {
      reason: 'AtMinimum',
      why: `at least ${spec.min} are asked for`,
    });
  }
  if (current > spec.max) {
    return changed(input, spec.max, {
      reason: 'AtMaximum',
      why: `at most ${spec.max} are allowed`,
    });
  }
  if (verdict.kind === 'unknown') return decideUnknown(input, verdict);
  const inputs = inputsOf(verdict.load, input, bounds);
  const wish = wishFor(inputs, input, bounds);
  // An expectation that didn't come true is not what keeps members: the load that was there is.
  const needed = demand(inputs.load, spec.target * (1 - spec.in.tolerance), spec);
  const memory = withRecommendation(input.memory, { least: wish.members, most: needed }, nowMs, {
    windowMs: Math.max(spec.in.stabilisationMs, spec.out.stabilisationMs),
    gapMsMax: bounds.gapMsMax,
  });
  const known: Known = { ...input, memory, inputs, recommended: wish.members };
  if (wish.members > current) return decideOut(known, wish);
  if (wish.members < current) return decideIn(known, wish);
  return stayed(known, wish);
}

type Known = ScaleInput & Pick<Partial<ScaleDecision>, 'inputs' | 'recommended' | 'unknown'>;

function decideOut(input: Known, wish: Wish): ScaleDecision {
  const { spec, current, nowMs, memory } = input;
  if (current >= spec.max) {
    return stayed(input, {
      reason: 'AtMaximum',
      why: `${wish.why}: ${wish.members} would be right, at most ${spec.max} are allowed`,
    });
  }
  if (spec.out.paused)
    return stayed(input, { reason: 'Paused', why: `${wish.why}: scaling out is paused` });
  const least = leastWithin(memory, spec.out.stabilisationMs, nowMs);
  if (least === undefined || least <= current) {
    return stayed(input, { reason: 'Stabilising', why: `${wish.why}, but not for long enough` });
  }
  const room = stepOf(spec.out, beforeSteps(memory, 'out', spec.out.periodMs, nowMs), current);
  if (room <= 0) {
    return stayed(input, {
      reason: 'Stabilising',
      why: `${wish.why}: what was added is yet to help`,
    });
  }
  return changed(input, Math.min(least, current + room, spec.max), wish);
}

function decideIn(input: Known, wish: Wish): ScaleDecision {
  const { spec, current, nowMs, memory, busy } = input;
  if (current <= spec.min) {
    return stayed(input, {
      reason: 'AtMinimum',
      why: `${wish.why}, at least ${spec.min} are asked for`,
    });
  }
  if (spec.in.paused)
    return stayed(input, { reason: 'Paused', why: `${wish.why}: scaling in is paused` });
  if (busy !== undefined) return stayed(input, { reason: 'Busy', why: `${wish.why}, but ${busy}` });
  const most = mostWithin(memory, spec.in.stabilisationMs, nowMs);
  if (most === undefined || most >= current) {
    return stayed(input, { reason: 'Stabilising', why: `${wish.why}, but not for long enough` });
  }
  const room = stepOf(spec.in, beforeSteps(memory, 'in', spec.in.periodMs, nowMs), current);
  if (room <= 0) {
    return stayed(input, { reason: 'Stabilising', why: `${wish.why}: one went just now` });
  }
  return changed(input, Math.max(most, current - room, spec.min), wish);
}

/** Members that may still come, or go, in this period. */
function stepOf(behaviour: Behaviour, before: number | undefined, current: number): number {
  const from = before ?? current;
  const step = Math.max(behaviour.stepMembers, Math.floor(from * behaviour.stepPart));
  return step - Math.abs(current - from);
}

/** Nothing goes, and at most one comes, when what is known for certain asks for more than there are. */
function decideUnknown(
  input: ScaleInput,
  verdict: Extract<Verdict, { kind: 'unknown' }>,
): ScaleDecision {
  const { spec, current, nowMs } = input;
  const unknown: Known = { ...input, unknown: verdict.reason };
  const reason = 'MetricsUnknown';
  const least = verdict.atLeast;
  if (least && !spec.out.paused && current < spec.max) {
    // Members that don't report may carry nothing.
    const [{ dimension, load }] = least.dimensions;
    const carried = (load * least.reporting) / least.serving;
    const before = beforeSteps(input.memory, 'out', spec.out.periodMs, nowMs);
    if (
      demand(carried, spec.target * (1 + spec.out.tolerance), spec) > current &&
      before === undefined
    ) {
      const why = `${verdict.message}, but those that report carry ${members(carried)} of ${dimension}`;
      return changed(unknown, current + 1, { reason, why });
    }
  }
  return stayed(unknown, { reason, why: verdict.message });
}

function inputsOf(load: TierLoad, input: ScaleInput, bounds: ScaleBounds): ScaleInputs {
  const { spec, history, leadMs } = input;
  const ahead = load.dimensions.map((it) => {
    const expected = spec.forecast
      ? forecast(history, it.dimension, leadMs, bounds.forecast)
      : it.load;
    return { ...it, expected: Math.max(it.load, expected) };
  });
  const first = ahead.reduce((most, it) => (it.expected > most.expected ? it : most));
  const hot = load.dimensions.reduce((most, it) =>
    it.hottest.ratio > most.hottest.ratio ? it : most,
  );
  return {
    dimension: first.dimension,
    load: first.load,
    expected: first.expected,
    utilisation: first.load / load.serving,
    hottest: { ...hot.hottest, dimension: hot.dimension },
  };
}

function wishFor(inputs: ScaleInputs, { spec, current }: ScaleInput, bounds: ScaleBounds): Wish {
  const { dimension, load, expected, hottest } = inputs;
  const high = spec.target * (1 + spec.out.tolerance);
  const low = spec.target * (1 - spec.in.tolerance);
  if (demand(load, high, spec) > current) {
    const why = `${dimension} needs ${members(load)}`;
    return { members: demand(expected, spec.target, spec), reason: 'LoadHigh', why };
  }
  if (demand(expected, high, spec) > current) {
    const why = `${dimension} needs ${members(load)}, and is expected to need ${members(expected)}`;
    return { members: demand(expected, spec.target, spec), reason: 'LoadExpected', why };
  }
  const isHot = hottest.ratio > spec.target + (1 - spec.target) * bounds.hot;
  // More members don't cool one that is hot whatever its neighbours do: only so many are tried.
  if (isHot && current < 2 * demand(load, spec.target, spec)) {
    const why = `${hottest.member} is ${percent(hottest.ratio)} full of ${hottest.dimension}`;
    return { members: current + 1, reason: 'MemberHot', why };
  }
  const fewer = demand(expected, low, spec);
  if (fewer < current && hottest.ratio <= spec.target) {
    const why = `${dimension} needs only ${members(Math.max(load, expected))}`;
    return { members: fewer, reason: 'LoadLow', why };
  }
  return { members: current, reason: 'OnTarget', why: `${current} are right` };
}

/** Members that carry the load at a utilisation, and at no more than 1 when the spare ones are lost. */
function demand(load: number, utilisation: number, { spare }: TierScaling): number {
  const rounded = (value: number) => Math.ceil(value - 1e-9);
  return Math.max(1, rounded(load / utilisation), rounded(load) + spare);
}

function stayed(input: Known, { reason, why }: Pick<Wish, 'reason' | 'why'>): ScaleDecision {
  return made(input, input.current, input.memory, { reason, why });
}

function changed(
  input: Known,
  desired: number,
  { reason, why }: Pick<Wish, 'reason' | 'why'>,
): ScaleDecision {
  const step = { atMs: input.nowMs, from: input.current, to: desired };
  return made(input, desired, withStep(input.memory, step), { reason, why });
}

function made(
  { current, spec, inputs, recommended, unknown }: Known,
  desired: number,
  memory: ScaleMemory,
  { reason, why }: Pick<Wish, 'reason' | 'why'>,
): ScaleDecision {
  const what = desired === current ? `stays at ${desired}` : `${current} -> ${desired}`;
  const numbers = inputs
    ? ` (${percent(inputs.utilisation)} of ${inputs.dimension} in use, target ${percent(spec.target)})`
    : '';
  return {
    desired,
    reason,
    message: `${what}: ${why}${numbers}`,
    recommended,
    inputs,
    unknown,
    memory,
  };
}

function members(load: number): string {
  return `${load.toFixed(2)} members`;
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}
