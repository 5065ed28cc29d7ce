/** When a link speaks and when its peer counts as dead. Times in ms of one monotonic clock. */
export interface LivenessRules {
  /** A heartbeat goes out when nothing was sent for this long. */
  readonly heartbeatMs: number;
  /** A peer that was silent for this long is dead. */
  readonly silenceMsMax: number;
  /** A check that comes this much late says more about this process than about its peer. */
  readonly lateMsMax: number;
}

export interface LivenessState {
  sentMs: number;
  heardMs: number;
  checkedMs: number;
}

export type LivenessStep = 'nothing' | 'send heartbeat' | 'dead';

/** @param everyMs how often this is meant to be called */
export function checkLiveness(
  rules: LivenessRules,
  state: LivenessState,
  nowMs: number,
  everyMs: number,
): LivenessStep {
  const late = nowMs - state.checkedMs - everyMs;
  state.checkedMs = nowMs;
  // This process slept: what the peer sent meanwhile may still lie in the socket.
  if (late > rules.lateMsMax) state.heardMs = Math.max(state.heardMs, nowMs - rules.heartbeatMs);
  if (nowMs - state.heardMs > rules.silenceMsMax) return 'dead';
  return nowMs - state.sentMs >= rules.heartbeatMs ? 'send heartbeat' : 'nothing';
}
