/** How patient the operator is. All in milliseconds. */
export interface Policy {
  /** A ring member that is down for this long loses its topics, if a healthy one is there to take them. */
  readonly unreadyMsMax: number;
  /** One that the operator can't reach keeps them for as long as routers hear it, and that much longer. */
  readonly unheardMsMax: number;
  /** New storage nodes are taken up together: the ready ones wait this long for the rest. */
  readonly settleMsMax: number;
  /** A member that doesn't take a topology, and a router that doesn't answer, is waited for no longer than this. */
  readonly acknowledgeMsMax: number;
  /** A committed move in which nothing is handed over for this long, although everybody serves, is forced to its end. */
  readonly stalledMsMax: number;
  /** A roll-out goes on to the next pod when everything was ready and up to date with the topology for this long. */
  readonly steadyMsMin: number;
  /** Storage nodes that were all told to end, with nobody to hand topics to, are asked to end at once after this time. */
  readonly forsakenMsMin: number;
  /** A pod whose template is out of date, and that isn't ready for this long, is replaced before the others. */
  readonly stuckMsMax: number;
  /** A replaced pod that fails a check for this long halts the roll-out. */
  readonly failingMsMax: number;
  /** A pod that is ready and doesn't answer the operator for this long halts a roll-out. */
  readonly muteMsMax: number;
  /** A replaced pod that isn't ready after this time halts the roll-out. */
  readonly replacedMsMax: number;
  /** A pod that a tier grew by, and that isn't ready for this long, keeps the tier no more from shrinking. */
  readonly hopelessMsMax: number;
  /** A router that goes is let go when it was asked to this long after its drain should have been over. */
  readonly drainMarginMs: number;
  /** How often the operator looks how far a drain is, and how often it tells. */
  readonly drainLookMs: number;
  /** A reconcile that waits for something outside looks again after this time. */
  readonly recheckMs: number;
  /** A push that wasn't taken is tried again after this time, doubled with each in a row. */
  readonly pushAgainMsMin: number;
  /** The longest of these pauses. */
  readonly pushAgainMsMax: number;
  /** What was refused is tried again after this time, doubled with each refusal in a row. */
  readonly refusedMsMin: number;
  /** The longest of these pauses. */
  readonly refusedMsMax: number;
}

export const defaultPolicy: Policy = {
  unreadyMsMax: 10_000,
  unheardMsMax: 5_000,
  settleMsMax: 10_000,
  acknowledgeMsMax: 5_000,
  stalledMsMax: 15_000,
  steadyMsMin: 2_000,
  forsakenMsMin: 1_000,
  stuckMsMax: 10_000,
  failingMsMax: 5_000,
  muteMsMax: 10_000,
  replacedMsMax: 45_000,
  hopelessMsMax: 600_000,
  drainMarginMs: 5_000,
  drainLookMs: 1_000,
  recheckMs: 250,
  pushAgainMsMin: 250,
  pushAgainMsMax: 2_000,
  refusedMsMin: 1_000,
  refusedMsMax: 30_000,
};
