import { type DimensionLoad, isFull, loadIn, type Sample, type TierLoad } from './load.ts';

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
      /** What is carried at least, where some members report: as if the others carried nothing. */
      readonly atLeast?: TierLoad;
      /** What was not believed; it is when the next reading says the same. */
      readonly doubted?: TierLoad;
    };

export interface JudgeBounds {
  /** From one look at the source to the next. */
  readonly intervalMs: number;
  /** A sample older than so many intervals is stale. */
  readonly intervalsMax: number;
  /** A member that serves for fewer intervals need not report yet. */
  readonly intervalsYoung: number;
  /** The part of the serving members that has to report. */
  readonly coverageMin: number;
  /** A load that is more than so many times the one before has to be seen twice. */
  readonly jumpMax: number;
  /** No such jump below this load, in members. */
  readonly jumpLoadMin: number;
  /** No member uses more than so many times what it is said to be able to. */
  readonly ratioMax: number;
}

export const judgeBounds: JudgeBounds = {
  intervalMs: 15_000,
  intervalsMax: 3,
  intervalsYoung: 4,
  coverageMin: 0.9,
  jumpMax: 3,
  jumpLoadMin: 0.5,
  ratioMax: 10,
};

export interface JudgeInput {
  readonly reading: Reading;
  /** Names of the members that serve. Samples of others are not looked at. */
  readonly serving: readonly string[];
  /** Since 1970; when members began to serve, where that is known. */
  readonly since?: ReadonlyMap<string, number>;
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
  const isPossible = ({ ratio }: Sample) => ratio >= 0 && ratio <= bounds.ratioMax;
  const possible = ours.filter(isPossible);
  const ageMsMax = bounds.intervalsMax * bounds.intervalMs;
  const fresh = possible.filter(({ atMs }) => Math.abs(nowMs - atMs) <= ageMsMax);
  const dimensions = byDimension(fresh, ours);
  const reporting = Math.min(serving.length, ...[...dimensions.values()].map((it) => it.size));
  const reports = new Set(fresh.map(({ member }) => member));
  // Members that began to serve just now don't report yet, and carry next to nothing.
  const due = serving.filter((member) => reports.has(member) || !isYoung(member, input)).length;
  const silent = due - reporting;
  if (reporting < Math.ceil(bounds.coverageMin * due) || fresh.length === 0) {
    const atLeast = loadOf(dimensions, { reporting, serving: serving.length, silent: 0, nowMs });
    const why = whyPartial(input, ours, possible, fresh) ?? {
      reason: 'PartialData',
      message: `${reporting} of ${due} members report`,
    };
    return { ...unknown(why.reason, why.message), ...(atLeast && { atLeast }) };
  }
  const load = loadOf(dimensions, { reporting, serving: serving.length, silent, nowMs });
  if (!load) return unknown('NoData', 'nothing was measured');
  return jumped(load, input) ?? { kind: 'known', load };
}

function isYoung(member: string, { since, nowMs, bounds }: JudgeInput): boolean {
  const sinceMs = since?.get(member);
  if (sinceMs === undefined) return false;
  const ageMs = nowMs - sinceMs;
  return ageMs >= 0 && ageMs < bounds.intervalsYoung * bounds.intervalMs;
}

/** What is wrong with samples of members that serve; undefined: nothing, there are too few. */
function whyPartial(
  { nowMs }: JudgeInput,
  ours: readonly Sample[],
  possible: readonly Sample[],
  fresh: readonly Sample[],
): { readonly reason: Unknown; readonly message: string } | undefined {
  const impossible = ours.find((it) => !possible.includes(it));
  if (impossible) {
    const { member, dimension, ratio } = impossible;
    return {
      reason: 'Absurd',
      message: `${member} reports ${ratio} times its limit of ${dimension}`,
    };
  }
  if (fresh.length === possible.length) return undefined;
  const oldest = possible.reduce((most, it) =>
    Math.abs(nowMs - it.atMs) > Math.abs(nowMs - most.atMs) ? it : most,
  );
  const off = Math.round((nowMs - oldest.atMs) / 1000);
  return {
    reason: 'Stale',
    message:
      off < 0
        ? `what the source has is from ${-off} s in the future: check the clocks`
        : `what the source has is up to ${off} s old`,
  };
}

/** A jump that was not seen before; undefined: there is none, or it is seen again. */
function jumped(load: TierLoad, { before, doubted, bounds }: JudgeInput): Verdict | undefined {
  if (!before || isFull(before)) return undefined;
  const jump = load.dimensions.find(
    (now) => isJump(now, before, bounds) && (!doubted || isJump(now, doubted, bounds)),
  );
  if (!jump) return undefined;
  const was = (loadIn(before, jump.dimension) ?? 0).toFixed(2);
  const message = `${jump.dimension} went from ${was} to ${jump.load.toFixed(2)} members at once`;
  return { ...unknown('Absurd', message), doubted: load };
}

function isJump(now: DimensionLoad, before: TierLoad, bounds: JudgeBounds): boolean {
  const was = Math.max(loadIn(before, now.dimension) ?? 0, bounds.jumpLoadMin);
  return now.load > bounds.jumpMax * was;
}

type Ratios = ReadonlyMap<string, number>;

/**
 * Of one member there may be more than one sample, while one process of it takes over from another: the worst counts. A
 * dimension that nobody has a sound sample of is there all the same: it may be the one that asks for most.
 */
function byDimension(
  samples: readonly Sample[],
  all: readonly Sample[],
): ReadonlyMap<string, Ratios> {
  const dimensions = new Map<string, Map<string, number>>();
  for (const { dimension } of all) dimensions.set(dimension, new Map());
  for (const { member, dimension, ratio } of samples) {
    const ratios = dimensions.get(dimension);
    ratios?.set(member, Math.max(ratio, ratios.get(member) ?? 0));
  }
  return dimensions;
}

interface Count {
  readonly reporting: number;
  readonly serving: number;
  /** So many members don't report, and carry what the others carry on average. */
  readonly silent: number;
  readonly nowMs: number;
}

/** Undefined: nobody reports anything. */
function loadOf(dimensions: ReadonlyMap<string, Ratios>, count: Count): TierLoad | undefined {
  const measured = [...dimensions].filter(([, ratios]) => ratios.size > 0);
  const loads = measured.map(([dimension, ratios]): DimensionLoad => {
    let sum = 0;
    let hottest = { member: '', ratio: -1 };
    for (const [member, ratio] of ratios) {
      sum += ratio;
      if (ratio > hottest.ratio) hottest = { member, ratio };
    }
    const missing = Math.max(
      0,
      Math.min(count.silent, count.reporting + count.silent - ratios.size),
    );
    return { dimension, load: sum + (sum / ratios.size) * missing, hottest };
  });
  const [first, ...others] = loads.sort((a, b) => b.load - a.load);
  if (!first) return undefined;
  const { reporting, serving, nowMs } = count;
  return { atMs: nowMs, reporting, serving, dimensions: [first, ...others] };
}

function unknown(reason: Unknown, message: string) {
  return { kind: 'unknown', reason, message } as const;
}
