/** One figure of one member, as a source has it. */
export interface Sample {
  readonly member: string;
  /** What is measured: `connections`, `cpu`, ... */
  readonly dimension: string;
  /** Used of what can be used; 1 is full. */
  readonly ratio: number;
  /** Since 1970; when it was measured. */
  readonly atMs: number;
}

export interface DimensionLoad {
  readonly dimension: string;
  /** Of all members together, in members that are full: 2.5 fills two and a half. */
  readonly load: number;
  readonly hottest: { readonly member: string; readonly ratio: number };
}

/** What a tier carries, at one time. */
export interface TierLoad {
  /** Since 1970. */
  readonly atMs: number;
  /** Members that reported, and those that should have. */
  readonly reporting: number;
  readonly serving: number;
  /** The one that asks for most members first; never empty. */
  readonly dimensions: readonly [DimensionLoad, ...DimensionLoad[]];
}

/** What was believed, with one more; for as long as decisions look back. */
export function withLoad(history: readonly TierLoad[], load: TierLoad): readonly TierLoad[] {
  // After a clock was set back, what was measured before it is of no use.
  const kept = history.filter(({ atMs }) => atMs < load.atMs && atMs > load.atMs - historyMsMax);
  return [...kept.slice(1 - loadsMax), load];
}

export function loadIn({ dimensions }: TierLoad, wanted: string): number | undefined {
  return dimensions.find(({ dimension }) => dimension === wanted)?.load;
}

/** The most that was carried within this time; undefined: it isn't known for all of it. */
export function highestWithin(
  history: readonly TierLoad[],
  windowMs: number,
  nowMs: number,
): number | undefined {
  const sinceMs = nowMs - windowMs;
  const [first] = history;
  if (!first || first.atMs > sinceMs) return undefined;
  const loads = history.filter(({ atMs }) => atMs >= sinceMs).map((it) => it.dimensions[0].load);
  return Math.max(0, ...loads);
}

/** How much more there is to carry than a full tier does, nobody knows: what is measured next is no growth. */
export function isFull({ serving, dimensions: [{ load }] }: TierLoad): boolean {
  return load >= fullMin * serving;
}

const fullMin = 0.95;
const historyMsMax = 3_600_000;
const loadsMax = 240;
