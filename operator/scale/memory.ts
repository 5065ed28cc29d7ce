/** What a tier's decisions need of the ones before. Small: it is kept in the status of the resource. */
export interface ScaleMemory {
  /** Since when recommendations came without a long gap; undefined: none came. */
  readonly sinceMs: number | undefined;
  /** When the last one came. */
  readonly lastMs: number | undefined;
  /** Of each part of the window, oldest first. */
  readonly recommendations: readonly Recommendation[];
  /** What was done lately, oldest first. */
  readonly steps: readonly Step[];
}

export interface Recommendation {
  /** Since 1970; the beginning of its part of the window. */
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

/** Parts of a window; what is remembered is one part older at most. */
const parts = 20;
/** Steps that are remembered. */
const stepsMax = 8;

export interface MemoryBounds {
  /** For how long recommendations are kept. */
  readonly windowMs: number;
  /** After a longer gap nobody knows what was recommended meanwhile: the window begins anew. */
  readonly gapMsMax: number;
}

export function withRecommendation(
  memory: ScaleMemory,
  { least, most }: Pick<Recommendation, 'least' | 'most'>,
  nowMs: number,
  { windowMs, gapMsMax }: MemoryBounds,
): ScaleMemory {
  const { lastMs, sinceMs, steps } = memory;
  // A clock that was set back is a gap as well.
  const follows =
    lastMs !== undefined && sinceMs !== undefined && nowMs >= lastMs && nowMs - lastMs <= gapMsMax;
  if (!follows) {
    const first = { atMs: nowMs, least, most };
    return { sinceMs: nowMs, lastMs: nowMs, recommendations: [first], steps };
  }
  const partMs = Math.max(1, windowMs / parts);
  const kept = memory.recommendations.filter(({ atMs }) => atMs + partMs > nowMs - windowMs);
  const last = kept.at(-1);
  const recommendations =
    last && nowMs < last.atMs + partMs
      ? [
          ...kept.slice(0, -1),
          {
            atMs: last.atMs,
            least: Math.min(last.least, least),
            most: Math.max(last.most, most),
          },
        ]
      : [...kept, { atMs: nowMs, least, most }];
  return { sinceMs, lastMs: nowMs, recommendations, steps };
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

/** Those of the parts that reach into the window. */
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
