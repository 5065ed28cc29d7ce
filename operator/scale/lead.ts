/** How long one new member took, from the decision until it served. */
export interface Lead {
  /** Since 1970; when it served. */
  readonly atMs: number;
  readonly ms: number;
}

/** Leads that are remembered. */
export const leadsMax = 50;
/** A longer one is no lead: something was wrong with that member. */
export const leadMsMax = 1_800_000;
const leadMsMin = 30_000;
/** While none was measured yet. */
const leadMsFirst = 60_000;

export function withLead(leads: readonly Lead[], lead: Lead): readonly Lead[] {
  if (!(lead.ms >= 0 && lead.ms <= leadMsMax)) return leads;
  return [...leads, lead].slice(-leadsMax);
}

export interface LookAhead {
  /** From one look at the load to the next: so much later the next decision is. */
  readonly intervalMs: number;
  /** From the load to the time that it is read: scrapes, and the window of rates. */
  readonly measuringMs: number;
}

/**
 * How far a decision has to look ahead of what was measured, so that a member that is started by the next one serves in
 * time: 19 of 20 members took no longer.
 */
export function lookAheadMs(
  leads: readonly Lead[],
  { intervalMs, measuringMs }: LookAhead,
): number {
  const sorted = leads.map(({ ms }) => ms).sort((a, b) => a - b);
  const p95 = sorted[Math.ceil(0.95 * sorted.length) - 1] ?? leadMsFirst;
  return Math.max(leadMsMin, p95) + intervalMs + measuringMs;
}
