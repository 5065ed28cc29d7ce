/** How patient the operator is. All in milliseconds. */
export interface Policy {
  /** A ring member that is down for this long loses its topics, if a healthy one is there to take them. */
  readonly unreadyMsMax: number;
  /** New storage nodes are taken up together: the ready ones wait this long for the rest. */
  readonly settleMsMax: number;
  /** Storage pods that left the topology are removed once every reachable router knows, or after this time. */
  readonly acknowledgeMsMax: number;
  /** A rollout replaces the next pod when everything was ready and up to date with the topology for this long. */
  readonly steadyMsMin: number;
  /** A pod whose template is out of date, and that isn't ready for this long, is replaced at once. */
  readonly stuckMsMax: number;
  /** A replaced pod that isn't ready after this time halts the rollout. */
  readonly replacedMsMax: number;
  /** A reconcile that waits for something outside looks again after this time. */
  readonly recheckMs: number;
  /** What was refused is tried again after this time, doubled with each refusal in a row. */
  readonly refusedMsMin: number;
  /** The longest of these pauses. */
  readonly refusedMsMax: number;
}

export const defaultPolicy: Policy = {
  unreadyMsMax: 10_000,
  settleMsMax: 10_000,
  acknowledgeMsMax: 5_000,
  steadyMsMin: 2_000,
  stuckMsMax: 10_000,
  replacedMsMax: 300_000,
  recheckMs: 250,
  refusedMsMin: 1_000,
  refusedMsMax: 30_000,
};
