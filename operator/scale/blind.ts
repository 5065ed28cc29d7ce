import type { ScaleBounds, ScaleDecision, ScaleInput } from './decision.ts';
import type { Verdict } from './judge.ts';
import { changed, type Known, stayed } from './made.ts';
import { demand, members } from './wish.ts';

/**
 * A decision while the load isn't known: nothing goes. One member comes when another source says that more are needed, and
 * again after a while; or, once until the load is known again, when the part that is known asks for more than there are.
 */
export function decideBlind(
  input: ScaleInput,
  verdict: Extract<Verdict, { kind: 'unknown' }>,
  bounds: ScaleBounds,
): ScaleDecision {
  const { spec, current } = input;
  const unknown: Known = { ...input, unknown: verdict.reason };
  const carried = certain(input, verdict);
  const asksForMore =
    carried !== undefined &&
    demand(carried.load, spec.target * (1 + spec.out.tolerance), spec) > current;
  if (!asksForMore) return stayed(unknown, because(verdict.message));
  const why = `${verdict.message}, but ${carried.who} ${members(carried.load)} of ${carried.dimension}`;
  if (spec.out.paused) return stayed(unknown, because(`${why}; scaling out is paused`));
  if (current >= spec.max) {
    return stayed(unknown, because(`${why}; at most ${spec.max} are allowed`));
  }
  if (!mayStep(input, carried.isFallback, bounds)) {
    return stayed(unknown, because(`${why}; one was added already`));
  }
  return changed(unknown, current + 1, because(why));
}

function because(why: string) {
  return { reason: 'MetricsUnknown', why } as const;
}

interface Carried {
  readonly isFallback: boolean;
  readonly who: string;
  readonly load: number;
  readonly dimension: string;
}

/** What is carried for certain, in the dimension that asks for most. */
function certain(
  { fallback }: ScaleInput,
  { atLeast }: Extract<Verdict, { kind: 'unknown' }>,
): Carried | undefined {
  // Also a jump: one member is not too many to find out.
  const said = fallback?.kind === 'unknown' ? fallback.doubted : fallback?.load;
  if (said) {
    const [{ dimension, load }] = said.dimensions;
    return { isFallback: true, who: 'the members themselves say they carry', load, dimension };
  }
  if (!atLeast) return undefined;
  const [{ dimension, load }] = atLeast.dimensions;
  return { isFallback: false, who: 'those that report carry', load, dimension };
}

function mayStep(
  { memory, nowMs, spec }: ScaleInput,
  isFallback: boolean,
  bounds: ScaleBounds,
): boolean {
  const out = memory.steps.filter(({ from, to }) => to > from);
  // A step in the future was made before a clock was set back: nobody knows how long ago.
  const sinceMs = isFallback
    ? nowMs - Math.max(bounds.blindMs, spec.out.periodMs)
    : (memory.lastMs ?? Number.NEGATIVE_INFINITY);
  return !out.some(({ atMs }) => atMs > sinceMs);
}
