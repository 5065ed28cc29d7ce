import { loadIn, type TierLoad } from './load.ts';

export interface ForecastBounds {
  /** The trend is taken from so many times the time that is looked ahead, */
  readonly lookBack: number;
  /** but of no less, */
  readonly windowMsMin: number;
  /** and of no more than this. */
  readonly windowMsMax: number;
  /** Readings without which there is no trend. */
  readonly readingsMin: number;
  /** A slope within so many standard errors of 0 is chance. */
  readonly errorsMin: number;
  /** A load of no more than so many times what it was in the hour before has not passed that, and is expected not to. */
  readonly peakTolerance: number;
}

/** What is expected, and how far it is believed. */
export interface Ahead {
  /** Until a member that is started now would serve. */
  readonly aheadMs: number;
  /** What never was there lately is expected up to so many times what is there now. */
  readonly growthMax: number;
}

export const forecastBounds: ForecastBounds = {
  lookBack: 2,
  windowMsMin: 120_000,
  windowMsMax: 600_000,
  readingsMin: 5,
  errorsMin: 2,
  peakTolerance: 1.1,
};

/**
 * The load of one dimension after `aheadMs`, in members, by the straight line through the latest readings; at least what
 * it is now. A load that falls is expected to stay.
 * @param history oldest first; the last one is now
 */
export function forecast(
  history: readonly TierLoad[],
  dimension: string,
  { aheadMs, growthMax }: Ahead,
  bounds: ForecastBounds,
): number {
  const last = history.at(-1);
  const now = (last && loadIn(last, dimension)) ?? 0;
  if (!last) return now;
  const wantedMs = bounds.lookBack * aheadMs;
  const windowMs = Math.min(bounds.windowMsMax, Math.max(bounds.windowMsMin, wantedMs));
  let peak = 0;
  const points: [number, number][] = [];
  for (const load of history) {
    const { atMs } = load;
    const found = loadIn(load, dimension);
    if (found === undefined) continue;
    if (atMs >= last.atMs - windowMs) points.push([atMs - last.atMs, found]);
    else peak = Math.max(peak, found);
  }
  if (points.length < bounds.readingsMin) return now;
  const { slope: long, error } = line(points);
  if (long <= bounds.errorsMin * error) return now;
  // What has levelled off goes on level, whatever it did before.
  const slope = Math.min(long, line(points.slice(-bounds.readingsMin)).slope);
  if (slope <= 0) return now;
  const most = now <= bounds.peakTolerance * peak ? Math.max(now, peak) : growthMax * now;
  return Math.min(now + slope * aheadMs, most);
}

/** Least squares. `error`: the standard error of the slope. */
function line(points: readonly (readonly [number, number])[]) {
  const count = points.length;
  let xMean = 0;
  let yMean = 0;
  for (const [x, y] of points) {
    xMean += x / count;
    yMean += y / count;
  }
  let xx = 0;
  let xy = 0;
  for (const [x, y] of points) {
    xx += (x - xMean) ** 2;
    xy += (x - xMean) * (y - yMean);
  }
  if (xx === 0) return { slope: 0, error: 0 };
  const slope = xy / xx;
  let residuals = 0;
  for (const [x, y] of points) residuals += (y - yMean - slope * (x - xMean)) ** 2;
  return { slope, error: Math.sqrt(residuals / Math.max(1, count - 2) / xx) };
}
