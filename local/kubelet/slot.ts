/**
 * What one pod's process is doing:
 * - `waiting`: no process; one may start from `notBeforeMs` on
 * - `running`
 * - `stopping`: it was asked to end and has until `killAtMs`
 * - `killed`: it was killed and its end is awaited
 * - `stopped`: it ended as it was asked to; none is started any more
 */
export type SlotState =
  | { readonly kind: 'waiting'; readonly notBeforeMs: number }
  | { readonly kind: 'running'; readonly sinceMs: number }
  | { readonly kind: 'stopping'; readonly killAtMs: number }
  | { readonly kind: 'killed' }
  | { readonly kind: 'stopped' };

export interface Slot {
  readonly state: SlotState;
  /** Starts after the first. */
  readonly restarts: number;
  /** Ends in a row without `healthyMs` of life in between. */
  readonly failures: number;
}

export interface Backoff {
  /** Wait before the second restart in a row; doubles from there. The first restart waits for nothing. */
  readonly baseMs: number;
  readonly capMs: number;
  /** A process that lived this long starts with a clean record. */
  readonly healthyMs: number;
}

export const defaultBackoff: Backoff = { baseMs: 250, capMs: 10_000, healthyMs: 30_000 };

export const freshSlot: Slot = {
  state: { kind: 'waiting', notBeforeMs: 0 },
  restarts: -1,
  failures: 0,
};

export function started(slot: Slot, nowMs: number): Slot {
  return { ...slot, state: { kind: 'running', sinceMs: nowMs }, restarts: slot.restarts + 1 };
}

export function stopping(slot: Slot, nowMs: number, graceMs: number): Slot {
  return { ...slot, state: { kind: 'stopping', killAtMs: nowMs + graceMs } };
}

export function killed(slot: Slot): Slot {
  return { ...slot, state: { kind: 'killed' } };
}

/** The process ended, whatever the reason. */
export function ended(slot: Slot, nowMs: number, backoff: Backoff): Slot {
  const { state } = slot;
  if (state.kind !== 'running') return { ...slot, state: { kind: 'stopped' } };
  const healthy = nowMs - state.sinceMs >= backoff.healthyMs;
  const failures = (healthy ? 0 : slot.failures) + 1;
  const waitMs = failures === 1 ? 0 : Math.min(backoff.capMs, backoff.baseMs * 2 ** (failures - 2));
  return { ...slot, failures, state: { kind: 'waiting', notBeforeMs: nowMs + waitMs } };
}
