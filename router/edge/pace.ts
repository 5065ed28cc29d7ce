export interface Pace {
  /** Connections not moved yet. */
  readonly open: number;
  readonly sinceStartMs: number;
  /** Time over which they are moved. */
  readonly windowMs: number;
  /** Until the next decision. */
  readonly stepMs: number;
  /** What the decision before left over; 0 at first. */
  readonly carry: number;
}

export interface PaceStep {
  /** Connections to move now. */
  readonly count: number;
  /** The part of a connection that is due but can't be moved yet. */
  readonly carry: number;
}

/**
 * How many connections to move now, so that all are moved evenly by the end of the window, whatever came or went on the
 * way: what is open, divided over the steps that are left.
 */
export function paceStep(pace: Pace): PaceStep {
  const { open, sinceStartMs, windowMs, stepMs } = pace;
  const stepsLeft = Math.floor((windowMs - sinceStartMs) / stepMs);
  if (stepsLeft <= 1) return { count: open, carry: 0 };
  const due = pace.carry + open / stepsLeft;
  const count = Math.min(open, Math.floor(due));
  return { count, carry: due - count };
}
