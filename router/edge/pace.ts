export interface Pace {
  /** Streams not ended yet. */
  readonly open: number;
  readonly sinceStartMs: number;
  /** Time over which streams are ended. */
  readonly windowMs: number;
  /** Until the next decision. */
  readonly stepMs: number;
  /** What the decision before left over; 0 at first. */
  readonly carry: number;
}

export interface PaceStep {
  /** Streams to end now. */
  readonly count: number;
  /** The part of a stream that is due but can't be ended yet. */
  readonly carry: number;
}

/**
 * How many streams to end now, so that all are ended evenly by the end of the window, whatever came or went on the
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
