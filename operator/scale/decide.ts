import { decideBlind } from './blind.ts';
import type { Behaviour, ScaleBounds, ScaleDecision, ScaleInput } from './decision.ts';
import { forecastBounds } from './forecast.ts';
import { highestWithin } from './load.ts';
import { changed, type Known, stayed } from './made.ts';
import { beforeSteps, leastWithin, mostWithin, peakWithin, withRecommendation } from './memory.ts';
import { surgeBounds } from './surge.ts';
import { demand, inputsOf, roundedUp, type Wish, wishFor } from './wish.ts';

export const scaleBounds: ScaleBounds = {
  forecast: forecastBounds,
  surge: surgeBounds,
  growthMax: 1.5,
  hot: 0.5,
  hotMax: 1.25,
  gapIntervals: 4,
  peakMsMax: 660_000,
  peakStabilisations: 4,
  blindMs: 60_000,
};

/** How many members a tier is to have. */
export function decide(input: ScaleInput): ScaleDecision {
  const { spec, current, verdict, nowMs } = input;
  const bounds = input.bounds ?? scaleBounds;
  const min = Math.min(spec.min, spec.max);
  if (current < min) {
    return changed(input, min, { reason: 'AtMinimum', why: `at least ${min} are asked for` });
  }
  if (current > spec.max) return decideTooMany(input);
  if (verdict.kind === 'unknown') return decideBlind(input, verdict, bounds);
  const inputs = inputsOf(verdict.load, input, bounds);
  const wish = wishFor(inputs, input, bounds);
  // An expectation that didn't come true is not what keeps members: the load that was there is.
  const [{ load }] = verdict.load.dimensions;
  const most = demand(load, spec.target, spec);
  const memory = withRecommendation(input.memory, { least: wish.members, most }, nowMs, {
    windowMs: Math.max(
      spec.in.stabilisationMs,
      spec.out.stabilisationMs,
      peakMsOf(spec.in, bounds),
    ),
    gapMsMax: bounds.gapIntervals * input.intervalMs,
  });
  const known: Known = { ...input, memory, inputs, recommended: wish.members };
  if (wish.members > current) return decideOut(known, wish);
  if (wish.members < current) return decideIn(known, wish, bounds);
  return stayed(known, wish);
}

/** Somebody lowered `max`: that is obeyed whatever the load is, but what owns something goes in good order. */
function decideTooMany(input: ScaleInput): ScaleDecision {
  const { spec, current, busy } = input;
  const why = `at most ${spec.max} are allowed`;
  if (!spec.oneByOne) return changed(input, spec.max, { reason: 'AtMaximum', why });
  if (busy !== undefined) return stayed(input, { reason: 'Busy', why: `${why}, but ${busy}` });
  if (roomIn(input) <= 0)
    return stayed(input, { reason: 'Stabilising', why: `${why}: one went just now` });
  return changed(input, current - 1, { reason: 'AtMaximum', why });
}

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
  const { stabilisationMs } = spec.out;
  const least = stabilisationMs > 0 ? leastWithin(memory, stabilisationMs, nowMs) : wish.members;
  if (least === undefined || least <= current) {
    return stayed(input, { reason: 'Stabilising', why: `${wish.why}, but not for long enough` });
  }
  // A hot member gets less to do when the new one serves, not before.
  const periodMs = Math.max(spec.out.periodMs, wish.reason === 'MemberHot' ? input.leadMs : 0);
  const room = stepOf(spec.out, beforeSteps(memory, 'out', periodMs, nowMs), current);
  if (room <= 0 || (wish.reason === 'MemberHot' && beforeSteps(memory, 'out', periodMs, nowMs))) {
    return stayed(input, {
      reason: 'Stabilising',
      why: `${wish.why}: what was added is yet to help`,
    });
  }
  return changed(input, Math.min(least, current + room, spec.max), wish);
}

function decideIn(input: Known, wish: Wish, bounds: ScaleBounds): ScaleDecision {
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
  const peakMs = peakMsOf(spec.in, bounds);
  // Without a full history, as after a restart, what was recommended tells it, in whole members.
  const peak =
    highestWithin(input.history, peakMs, nowMs) ?? peakWithin(memory, peakMs, nowMs) * spec.target;
  const fits = roundedUp(peak);
  if (fits >= current) {
    return stayed(input, {
      reason: 'Stabilising',
      why: `${wish.why}, but needed ${fits} in the last ${Math.round(peakMs / 1000)} s`,
    });
  }
  const room = roomIn(input);
  if (room <= 0) {
    return stayed(input, { reason: 'Stabilising', why: `${wish.why}: one went just now` });
  }
  return changed(input, Math.max(wish.members, most, fits, current - room, spec.min), wish);
}

/** For how long what was carried has to fit still. */
function peakMsOf({ stabilisationMs }: Behaviour, bounds: ScaleBounds): number {
  return Math.min(bounds.peakMsMax, bounds.peakStabilisations * stabilisationMs);
}

function roomIn({ spec, memory, nowMs, current }: Known): number {
  const step = spec.oneByOne ? { ...spec.in, stepMembers: 1, stepPart: 0 } : spec.in;
  return stepOf(step, beforeSteps(memory, 'in', step.periodMs, nowMs), current);
}

/** Members that may still come, or go, in this period. */
function stepOf(behaviour: Behaviour, before: number | undefined, current: number): number {
  const from = before ?? current;
  const step = Math.max(behaviour.stepMembers, Math.floor(from * behaviour.stepPart));
  return step - Math.abs(current - from);
}
