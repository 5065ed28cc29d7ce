/** What a tier's decisions need of the ones before. Small: it is kept in the status of the resource. */
export interface ScaleMemory {
  /** Since when recommendations came without a gap; undefined: none came. */
  readonly sinceMs: number | undefined;
  /** When the last one came. */
  readonly lastMs: number | undefined;
  /** Oldest first; each was right until the next one. */
  readonly recommendations: readonly Recommendation[];
  /** What was done lately, oldest first. */
  readonly steps: readonly Step[];
}

export interface Recommendation {
  /** Since 1970. */
  readonly atMs: number;
  readonly least: number;
  readonly most: number;
}

export interface Step {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
}

export const noMemory: ScaleMemory = {
  sinceMs: undefined,
  lastMs: undefined,
  recommendations: [],
  steps: [],
};

/** Parts of a window: how exactly it is remembered when something else is recommended each time. */
const parts = 40;
export const partsMax = parts + 2;
/** Steps that are remembered. */
export const stepsMax = 8;

export interface MemoryBounds {
  /** For how long recommendations are kept. */
  readonly windowMs: number;
  /** After a longer gap nobody knows what was recommended meanwhile. */
  readonly gapMsMax: number;
}

export function withRecommendation(
  memory: ScaleMemory,
  { least, most }: Pick<Recommendation, 'least' | 'most'>,
  nowMs: number,
  { windowMs, gapMsMax }: MemoryBounds,
): ScaleMemory {
  const { lastMs, steps } = memory;
  // A clock that was set back is a gap as well.
  const follows = lastMs !== undefined && nowMs >= lastMs && nowMs - lastMs <= gapMsMax;
  const sinceMs = (follows ? memory.sinceMs : undefined) ?? nowMs;
  const past = memory.recommendations.filter(({ atMs }) => atMs <= nowMs);
  const recommendations = merged(
    recent(past, windowMs, nowMs),
    { atMs: nowMs, least, most },
    windowMs,
  );
  return { sinceMs, lastMs: nowMs, recommendations, steps };
}

/** Each lasts until the next one; those of one part are one. */
function merged(
  before: readonly Recommendation[],
  next: Recommendation,
  windowMs: number,
): readonly Recommendation[] {
  const last = before.at(-1);
  if (last?.least === next.least && last.most === next.most) return before;
  if (!last || next.atMs >= last.atMs + windowMs / parts) return [...before, next].slice(-partsMax);
  const least = Math.min(last.least, next.least);
  const most = Math.max(last.most, next.most);
  return [...before.slice(0, -1), { atMs: last.atMs, least, most }];
}

/** The largest recommendation of the window; undefined: it isn't known for all of it. */
export function mostWithin(
  { sinceMs, recommendations }: ScaleMemory,
  windowMs: number,
  nowMs: number,
): number | undefined {
  if (sinceMs === undefined || nowMs - sinceMs < windowMs) return undefined;
  return Math.max(...recent(recommendations, windowMs, nowMs).map(({ most }) => most));
}

/** The smallest recommendation of the window; undefined as above. */
export function leastWithin(
  { sinceMs, recommendations }: ScaleMemory,
  windowMs: number,
  nowMs: number,
): number | undefined {
  if (sinceMs === undefined || nowMs - sinceMs < windowMs) return undefined;
  return Math.min(...recent(recommendations, windowMs, nowMs).map(({ least }) => least));
}

/** The largest of the window, as far back as it is known. */
export function peakWithin(
  { recommendations }: ScaleMemory,
  windowMs: number,
  nowMs: number,
): number {
  return Math.max(0, ...recent(recommendations, windowMs, nowMs).map(({ most }) => most));
}

/** Those that reach into the window. */
function recent(
  recommendations: readonly Recommendation[],
  windowMs: number,
  nowMs: number,
): readonly Recommendation[] {
  return recommendations.filter((_, index) => {
    const next = recommendations[index + 1];
    return next === undefined || next.atMs > nowMs - windowMs;
  });
}

export function withStep(memory: ScaleMemory, step: Step): ScaleMemory {
  return { ...memory, steps: [...memory.steps, step].slice(-stepsMax) };
}

/** Members that were there before the steps of the last `periodMs` in one direction. */
export function beforeSteps(
  { steps }: ScaleMemory,
  direction: 'out' | 'in',
  periodMs: number,
  nowMs: number,
): number | undefined {
  return steps.find(({ atMs, from, to }) => {
    const isSameWay = direction === 'out' ? to > from : to < from;
    return isSameWay && atMs > nowMs - periodMs && atMs <= nowMs;
  })?.from;
}
