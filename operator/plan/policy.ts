/** How patient the operator is. All in milliseconds. */
export interface Policy {
  /** A ring member that is down for this long loses its topics, if a healthy one is there to take them. */
  readonly unreadyMsMax: number;
  /** New storage nodes are taken up together: the ready ones wait this long for the rest. */
  readonly settleMsMax: number;
  /** Storage pods that left the topology are removed once every reachable router knows, or after this time. */
  readonly acknowledgeMsMax: number;
  /** A reconcile that waits for something outside looks again after this time. */
  readonly recheckMs: number;
}

export const defaultPolicy: Policy = {
  unreadyMsMax: 10_000,
  settleMsMax: 10_000,
  acknowledgeMsMax: 5_000,
  recheckMs: 250,
};
