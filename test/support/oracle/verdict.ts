/**
 * Names of design §9; `once`: an item published once has one number; `own`: items are what somebody published there;
 * `owner`: in one version a topic has one owner, and one more after it if it is handed over; `planned`: what was planned
 * is not noticed by any client.
 */
export type Invariant =
  | 'I1'
  | 'I2'
  | 'I3'
  | 'I4'
  | 'I5'
  | 'I8'
  | 'once'
  | 'own'
  | 'owner'
  | 'planned';

export interface Violation {
  readonly invariant: Invariant;
  readonly message: string;
}

export interface Counts {
  readonly published: number;
  readonly acked: number;
  readonly failed: number;
  readonly subscriptions: number;
  readonly streams: number;
  readonly delivered: number;
  readonly discontinuities: number;
  /** Acknowledged items, once per subscription, that a discontinuity announced as missing. */
  readonly announcedMissing: number;
  /** Acknowledged items, once per subscription, that neither arrived nor were announced. */
  readonly silentLosses: number;
}

export interface Verdict {
  /** The first ones, in order; `counts` goes on. Empty: the history is sound. */
  readonly violations: readonly Violation[];
  readonly counts: Counts;
}

/** A readable list; undefined when there is nothing to complain about. */
export function complaint(verdict: Verdict): string | undefined {
  if (verdict.violations.length === 0) return undefined;
  const lines = verdict.violations.map(({ invariant, message }) => `${invariant}: ${message}`);
  return [...lines, JSON.stringify(verdict.counts)].join('\n');
}
