import type { Ahead } from './forecast.ts';
import { loadIn, type TierLoad } from './load.ts';

export interface SurgeBounds {
  /** It rises so many times as much as it usually moves from one reading to the next, */
  readonly timesUsual: number;
  /** and by at least this part of what it was. */
  readonly riseMin: number;
  /** Readings without which nobody knows what is usual. */
  readonly readingsMin: number;
  /** What rises as much in so many readings in a row goes on until a new member serves. */
  readonly inARow: number;
  /** It is expected to go as far as within this time, and not beyond. */
  readonly peakMs: number;
  /** A load of no more than so many times that peak has not passed it. */
  readonly peakTolerance: number;
}

export const surgeBounds: SurgeBounds = {
  timesUsual: 4,
  riseMin: 0.06,
  readingsMin: 5,
  inARow: 3,
  peakMs: 3_600_000,
  peakTolerance: 1.1,
};

/**
 * Where the load of one dimension goes that rises all of a sudden, in members: as far as it did lately, or else on as it
 * began. What it is now, when it doesn't.
 * @param history oldest first; the last one is now
 */
export function surge(
  history: readonly TierLoad[],
  dimension: string,
  { aheadMs, growthMax }: Ahead,
  bounds: SurgeBounds,
): number {
  const last = history.at(-1);
  const now = (last && loadIn(last, dimension)) ?? 0;
  const before = history.at(-2);
  if (!last || !before || history.length < bounds.readingsMin) return now;
  const recent = history.filter(({ atMs }) => atMs > last.atMs - bounds.peakMs);
  const loads = recent.map((it) => loadIn(it, dimension) ?? 0);
  const usual = bounds.timesUsual * usualMove(loads);
  let rise = Number.POSITIVE_INFINITY;
  let expected = now;
  for (let row = 1; row <= bounds.inARow; row += 1) {
    const from = loads.at(-1 - row);
    if (from === undefined) break;
    rise = Math.min(rise, (loads.at(-row) ?? 0) - from);
    // That it rises by chance is less likely the more often it does.
    if (rise < Math.max(usual, bounds.riseMin * from) / row) continue;
    const times = row === 1 ? 1 : aheadMs / (last.atMs - before.atMs);
    expected = Math.max(expected, now + rise * times);
  }
  if (expected <= now) return now;
  const peak = Math.max(0, ...loads.slice(0, -bounds.inARow));
  // Where it was lately it is expected to stop again.
  if (now <= bounds.peakTolerance * peak) return Math.max(now, peak);
  return Math.min(expected, growthMax * now);
}

/** How much it moves from one reading to the next: the median, which surges don't change. */
function usualMove(loads: readonly number[]): number {
  const moves = loads.slice(1, -1).map((load, index) => Math.abs(load - (loads[index] ?? load)));
  moves.sort((a, b) => a - b);
  return moves[Math.floor(moves.length / 2)] ?? 0;
}
