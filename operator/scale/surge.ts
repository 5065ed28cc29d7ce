import { loadIn, type TierLoad } from './load.ts';

export interface SurgeBounds {
  /** It rises so many times as much as it usually moves from one reading to the next, */
  readonly timesUsual: number;
  /** and by at least this part of what it was. */
  readonly riseMin: number;
  /** Readings without which nobody knows what is usual. */
  readonly readingsMin: number;
  /** It is expected to rise by so many times as much again, */
  readonly again: number;
  /** or to what it was within this time. */
  readonly peakMs: number;
  /** A surge is expected to reach at most so many times what is there now. */
  readonly growthMax: number;
}

export const surgeBounds: SurgeBounds = {
  timesUsual: 4,
  riseMin: 0.08,
  readingsMin: 5,
  again: 1,
  peakMs: 3_600_000,
  growthMax: 2,
};

/**
 * Where the load of one dimension goes that rises all of a sudden, in members: as far as it did before, and on as it began.
 * What it is now, when it doesn't.
 * @param history oldest first; the last one is now
 */
export function surge(
  history: readonly TierLoad[],
  dimension: string,
  bounds: SurgeBounds,
): number {
  const last = history.at(-1);
  const now = (last && loadIn(last, dimension)) ?? 0;
  if (!last) return now;
  const loads: number[] = [];
  for (const load of history) {
    if (load.atMs > last.atMs - bounds.peakMs) loads.push(loadIn(load, dimension) ?? 0);
  }
  if (loads.length < bounds.readingsMin) return now;
  const before = loads.at(-2) ?? now;
  const rise = now - before;
  if (rise < bounds.riseMin * before || rise < bounds.timesUsual * usual(loads)) return now;
  const expected = Math.max(now + bounds.again * rise, ...loads);
  return Math.min(expected, bounds.growthMax * now);
}

/** How much it moves from one reading to the next: the median, which surges don't change. */
function usual(loads: readonly number[]): number {
  const moves = loads.slice(1, -1).map((load, index) => Math.abs(load - (loads[index] ?? load)));
  moves.sort((a, b) => a - b);
  return moves[Math.floor(moves.length / 2)] ?? 0;
}
