/** The Lease as the API server has it, cut down to what an election is about. */
export interface LeaseSpec {
  /** Empty or absent: nobody. */
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/** A Lease that was read or written, and since when (monotonic) it has been so by our own clock. */
export interface SeenLease {
  /** undefined: it was deleted since; whoever held it may not know yet. */
  readonly resourceVersion: string | undefined;
  readonly spec: LeaseSpec;
  readonly sinceMs: number;
}

export interface LeaseDurations {
  /** Others wait this long since the last change they saw before they take the Lease. */
  readonly leaseMs: number;
  /** A leader that could not renew for this long leads no more; less than `leaseMs`. */
  readonly renewMs: number;
  /** Between two attempts, to renew or to take. */
  readonly retryMs: number;
}

export const defaultLeaseDurations: LeaseDurations = {
  leaseMs: 15_000,
  renewMs: 10_000,
  retryMs: 2000,
};

/** What is wrong with the durations, for people; undefined: nothing. */
export function durationsProblem({
  leaseMs,
  renewMs,
  retryMs,
}: LeaseDurations): string | undefined {
  if (leaseMs < 1000) return 'the lease duration must be at least 1 s';
  if (renewMs >= leaseMs) return 'the renew deadline must be shorter than the lease duration';
  // Attempts are up to a fifth late.
  if (retryMs * 1.2 >= renewMs) return 'the retry period must be well below the renew deadline';
  return undefined;
}

/** A term that is on record is believed up to here when there is no Lease to tell how many leaders there were. */
export const firstTermMax = 1_000_000;

export interface LeaseInput {
  readonly identity: string;
  /** undefined: there never was one, as far as is known. */
  readonly seen: SeenLease | undefined;
  /** Monotonic. */
  readonly nowMs: number;
  /** Since 1970; only written, never compared: clocks of machines differ. */
  readonly wallMs: number;
  readonly durations: LeaseDurations;
  /** The new term must be above this one: the highest that is on record anywhere. */
  readonly termAbove: number;
}

export type LeaseDecision =
  /** There is none: make it. */
  | { readonly kind: 'create'; readonly spec: LeaseSpec }
  /** Nobody holds it, or whoever did let it expire: take it. */
  | { readonly kind: 'take'; readonly spec: LeaseSpec }
  /** It is ours: say so again. */
  | { readonly kind: 'renew'; readonly spec: LeaseSpec }
  | { readonly kind: 'wait'; readonly holder: string };

/** What to do about the Lease. To be written only if it is still as it was seen. */
export function decideLease(input: LeaseInput): LeaseDecision {
  const { identity, seen, nowMs, durations } = input;
  if (!seen) return { kind: 'create', spec: fresh(input, 0) };
  const { spec, sinceMs } = seen;
  const transitions = spec.leaseTransitions ?? 0;
  const holder = spec.holderIdentity ?? '';
  if (holder === identity && transitions >= input.termAbove) {
    const held = fresh(input, transitions);
    return { kind: 'renew', spec: { ...held, acquireTime: spec.acquireTime ?? held.acquireTime } };
  }
  // The holder's own word on how long it may be silent, in case it was configured otherwise.
  const leaseMs = spec.leaseDurationSeconds ? spec.leaseDurationSeconds * 1000 : durations.leaseMs;
  if (holder !== '' && holder !== identity && nowMs < sinceMs + leaseMs) {
    return { kind: 'wait', holder };
  }
  return { kind: 'take', spec: fresh(input, transitions + 1) };
}

/** The Lease as its holder leaves it, for another to take at once. */
export function released(spec: LeaseSpec, wallMs: number): LeaseSpec {
  return { ...spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(wallMs) };
}

/** The term of whoever holds the Lease. */
export function termOf(spec: LeaseSpec): number {
  return (spec.leaseTransitions ?? 0) + 1;
}

/** `2026-01-01T00:00:00.000000Z`: the API server takes a MicroTime with six digits only. */
export function microTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace('Z', '000Z');
}

function fresh(input: LeaseInput, transitions: number): LeaseSpec & { acquireTime: string } {
  const now = microTime(input.wallMs);
  return {
    holderIdentity: input.identity,
    leaseDurationSeconds: Math.ceil(input.durations.leaseMs / 1000),
    acquireTime: now,
    renewTime: now,
    // A Lease that was deleted or edited must not bring an old term back.
    leaseTransitions: Math.max(transitions, input.termAbove),
  };
}
