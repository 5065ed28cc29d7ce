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
  /** A forecast is at most so many times what is there now. */
  readonly growthMax: number;
  /** What has been there in the window before is no trend: it goes on from this part of the highest. */
  readonly highMin: number;
}

export const forecastBounds: ForecastBounds = {
  lookBack: 3,
  windowMsMin: 120_000,
  windowMsMax: 600_000,
  readingsMin: 5,
  errorsMin: 2,
  growthMax: 2,
  highMin: 0.98,
};

/**
 * The load of one dimension after `aheadMs`, in members, by the straight line through the latest readings; at least what
 * it is now. A load that falls is expected to stay.
 * @param history oldest first; the last one is now
 */
export function forecast(
  history: readonly TierLoad[],
  dimension: string,
  aheadMs: number,
  bounds: ForecastBounds,
): number {
  const last = history.at(-1);
  const now = (last && loadIn(last, dimension)) ?? 0;
  if (!last) return now;
  const wantedMs = bounds.lookBack * aheadMs;
  const windowMs = Math.min(bounds.windowMsMax, Math.max(bounds.windowMsMin, wantedMs));
  let high = 0;
  const points: [number, number][] = [];
  for (const load of history) {
    const { atMs } = load;
    const found = loadIn(load, dimension);
    if (found !== undefined && atMs > last.atMs - bounds.windowMsMax) high = Math.max(high, found);
    if (found !== undefined && atMs >= last.atMs - windowMs) points.push([atMs - last.atMs, found]);
  }
  if (now < bounds.highMin * high) return now;
  if (points.length < bounds.readingsMin) return now;
  const { slope: long, error } = line(points);
  if (long <= bounds.errorsMin * error) return now;
  // What has levelled off goes on level, whatever it did before.
  const slope = Math.min(long, line(points.slice(-bounds.readingsMin)).slope);
  if (slope <= 0) return now;
  return Math.min(now + slope * aheadMs, bounds.growthMax * now);
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
