import type { DimensionLoad, Sample, TierLoad } from './load.ts';

/** Why nothing is known. */
export type Unknown =
  /** The source doesn't answer, or not in a way that can be read. */
  | 'QueryFailed'
  | 'NoData'
  /** Too few members report. */
  | 'PartialData'
  /** What there is was measured too long ago. */
  | 'Stale'
  /** Numbers that can't be, or such a jump that it has to be seen twice. */
  | 'Absurd';

export type Reading =
  | { readonly kind: 'samples'; readonly samples: readonly Sample[] }
  | { readonly kind: 'failed'; readonly message: string };

export type Verdict =
  | { readonly kind: 'known'; readonly load: TierLoad }
  | {
      readonly kind: 'unknown';
      readonly reason: Unknown;
      /** For people. */
      readonly message: string;
      /** What is carried at least, where some members report. */
      readonly atLeast?: TierLoad;
      /** What was not believed; it is when the next reading says the same. */
      readonly doubted?: TierLoad;
    };

export interface JudgeBounds {
  /** From one look at the source to the next. */
  readonly intervalMs: number;
  /** A sample older than so many intervals is stale. */
  readonly intervalsMax: number;
  /** The part of the serving members that has to report. */
  readonly coverageMin: number;
  /** A load that is more than so many times the one before has to be seen twice. */
  readonly jumpMax: number;
  /** No such jump below this load, in members. */
  readonly jumpLoadMin: number;
  /** No member can use more than so many times what it can. */
  readonly ratioMax: number;
}

export const judgeBounds: JudgeBounds = {
  intervalMs: 15_000,
  intervalsMax: 3,
  coverageMin: 0.9,
  jumpMax: 3,
  jumpLoadMin: 0.5,
  ratioMax: 3,
};

export interface JudgeInput {
  readonly reading: Reading;
  /** Names of the members that serve. Samples of others are not looked at. */
  readonly serving: readonly string[];
  /** Since 1970. */
  readonly nowMs: number;
  /** What was believed last; undefined: nothing yet. */
  readonly before: TierLoad | undefined;
  /** What the look before didn't believe. */
  readonly doubted: TierLoad | undefined;
  readonly bounds: JudgeBounds;
}

/** Whether a reading can be believed, and what it says. What can't is unknown, never 0. */
export function judge(input: JudgeInput): Verdict {
  const { reading, serving, nowMs, bounds } = input;
  if (reading.kind === 'failed') return unknown('QueryFailed', reading.message);
  if (serving.length === 0) return unknown('NoData', 'no member serves');
  const wanted = new Set(serving);
  const ours = reading.samples.filter(({ member }) => wanted.has(member));
  if (ours.length === 0) {
    const others = new Set(reading.samples.map(({ member }) => member)).size;
    return unknown(
      'NoData',
      others === 0
        ? 'the source has nothing about this tier: check that it scrapes the members'
        : `the source knows ${others} members, none of which serves here: check its labels`,
    );
  }
  const impossible = ours.find(({ ratio }) => !(ratio >= 0 && ratio <= bounds.ratioMax));
  const possible = ours.filter(({ ratio }) => ratio >= 0 && ratio <= bounds.ratioMax);
  const ageMsMax = bounds.intervalsMax * bounds.intervalMs;
  const fresh = possible.filter(({ atMs }) => Math.abs(nowMs - atMs) <= ageMsMax);
  const load = loadOf(fresh, serving.length, nowMs);
  const enough = Math.ceil(bounds.coverageMin * serving.length);
  if (!load || load.reporting < enough) {
    const atLeast = load && { atLeast: load };
    if (impossible) {
      const { member, dimension, ratio } = impossible;
      return {
        ...unknown('Absurd', `${member} reports ${ratio} times its limit of ${dimension}`),
        ...atLeast,
      };
    }
    if (fresh.length < possible.length) {
      const oldest = Math.max(...possible.map(({ atMs }) => Math.abs(nowMs - atMs)));
      return {
        ...unknown('Stale', `what the source has is up to ${seconds(oldest)} s old`),
        ...atLeast,
      };
    }
    const message = `${load?.reporting ?? 0} of ${serving.length} members report`;
    return { ...unknown('PartialData', message), ...atLeast };
  }
  return jumped(load, input) ?? { kind: 'known', load };
}

/** A jump that was not seen before; undefined: there is none, or it is seen again. */
function jumped(load: TierLoad, { before, doubted, bounds }: JudgeInput): Verdict | undefined {
  if (!before) return undefined;
  const jump = load.dimensions.find((now) => isJump(now, before, bounds));
  if (!jump || (doubted && !isJump(jump, doubted, bounds))) return undefined;
  const was = loadIn(before, jump.dimension);
  return {
    ...unknown(
      'Absurd',
      `${jump.dimension} went from ${was.toFixed(2)} to ${jump.load.toFixed(2)} members at once`,
    ),
    doubted: load,
  };
}

function isJump(now: DimensionLoad, before: TierLoad, bounds: JudgeBounds): boolean {
  const was = Math.max(loadIn(before, now.dimension), bounds.jumpLoadMin);
  return now.load > bounds.jumpMax * was;
}

function loadIn({ dimensions }: TierLoad, wanted: string): number {
  return dimensions.find(({ dimension }) => dimension === wanted)?.load ?? 0;
}

/** Members that don't report carry what the others carry on average. Undefined: nobody reports. */
function loadOf(samples: readonly Sample[], serving: number, atMs: number): TierLoad | undefined {
  const byDimension = new Map<string, Map<string, number>>();
  for (const { member, dimension, ratio } of samples) {
    const ratios = byDimension.get(dimension) ?? new Map<string, number>();
    byDimension.set(dimension, ratios.set(member, Math.max(ratio, ratios.get(member) ?? 0)));
  }
  const dimensions = [...byDimension].map(([dimension, ratios]): DimensionLoad => {
    let sum = 0;
    let hottest = { member: '', ratio: -1 };
    for (const [member, ratio] of ratios) {
      sum += ratio;
      if (ratio > hottest.ratio) hottest = { member, ratio };
    }
    return { dimension, load: (sum / ratios.size) * serving, hottest };
  });
  const [first, ...others] = dimensions.sort((a, b) => b.load - a.load);
  if (!first) return undefined;
  const reporting = Math.min(...[...byDimension.values()].map((ratios) => ratios.size));
  return { atMs, reporting, serving, dimensions: [first, ...others] };
}

function unknown(reason: Unknown, message: string) {
  return { kind: 'unknown', reason, message } as const;
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}
