import type { ScaleBounds, ScaleInput, ScaleInputs, ScaleReason, TierScaling } from './decision.ts';
import { forecast } from './forecast.ts';
import type { TierLoad } from './load.ts';
import { surge } from './surge.ts';

/** What the load asks for, whatever was done or recommended before. */
export interface Wish {
  readonly members: number;
  readonly reason: ScaleReason;
  readonly why: string;
}

export function inputsOf(load: TierLoad, input: ScaleInput, bounds: ScaleBounds): ScaleInputs {
  const { spec, history, leadMs } = input;
  // Where members go one by one, nobody runs after what never was: it may be over when they serve, and they stay.
  const far = { aheadMs: leadMs, growthMax: spec.oneByOne ? 1 : bounds.growthMax };
  const ahead = load.dimensions.map((it) => {
    const { dimension, load: now } = it;
    if (!spec.forecast) return { ...it, expected: now };
    const trend = forecast(history, dimension, far, bounds.forecast);
    return {
      ...it,
      expected: Math.max(now, trend, surge(history, dimension, far, bounds.surge)),
    };
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

export function wishFor(
  inputs: ScaleInputs,
  { spec, current }: ScaleInput,
  bounds: ScaleBounds,
): Wish {
  const { dimension, load, expected, hottest, utilisation } = inputs;
  const high = spec.target * (1 + spec.out.tolerance);
  if (demand(load, high, spec) > current) {
    const why = `${dimension} needs ${members(load)}`;
    return { members: demand(expected, spec.target, spec), reason: 'LoadHigh', why };
  }
  if (demand(expected, high, spec) > current) {
    const why = `${dimension} needs ${members(load)}, and is expected to need ${members(expected)}`;
    return { members: demand(expected, spec.target, spec), reason: 'LoadExpected', why };
  }
  const hot = spec.target + (1 - spec.target) * bounds.hot;
  const serving = load / Math.max(utilisation, 1e-9);
  const withAll = hottest.ratio * Math.min(1, serving / current);
  // Those that start will take their part. More don't cool one that is hot whatever its neighbours do: so many are tried.
  if (withAll > hot && current < bounds.hotMax * demand(load, spec.target, spec)) {
    const why = `${hottest.member} is ${percent(hottest.ratio)} full of ${hottest.dimension}`;
    return { members: current + 1, reason: 'MemberHot', why };
  }
  // With fewer members, each gets more: also the hottest.
  const cool = Math.ceil((hottest.ratio * serving) / hot - 1e-9);
  const isLow = demand(expected, spec.target * (1 - spec.in.tolerance), spec) < current;
  const fewer = Math.max(demand(expected, spec.target, spec), cool);
  if (isLow && fewer < current) {
    const why = `${dimension} needs only ${members(expected)}`;
    return { members: fewer, reason: 'LoadLow', why };
  }
  return { members: current, reason: 'OnTarget', why: `${current} are right` };
}

/** Members that carry the load at a utilisation, and at no more than 1 when the spare ones are lost. */
export function demand(load: number, utilisation: number, { spare }: TierScaling): number {
  return Math.max(1, roundedUp(load / utilisation), roundedUp(load) + spare);
}

/** A hair above a whole number is that number. */
export function roundedUp(value: number): number {
  return Math.ceil(value - 1e-9);
}

export function members(load: number): string {
  return `${load.toFixed(2)} members`;
}

export function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}
