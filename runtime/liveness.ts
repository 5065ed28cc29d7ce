/** When a peer is spoken to and when it counts as dead; milliseconds of one monotonic clock. */
export interface LivenessRules {
  /** A heartbeat goes out when nothing was sent for this long. */
  readonly linkHeartbeatMs: number;
  /** A peer that was silent for this long is dead. Several heartbeats. */
  readonly linkSilenceMsMax: number;
  /** A tick this late says more about this process than about its peer. */
  readonly linkLateMsMax: number;
}

/**
 * Knows when to send a heartbeat and when the peer is dead. `tick` is called every `tickMs`. A tick that comes late
 * by more than `linkLateMsMax` says that this process stood still: what the peer sent meanwhile may not be read yet,
 * so it gets one more period.
 */
export class Liveness {
  readonly #rules: LivenessRules;
  readonly #tickMs: number;
  #heardMs: number;
  #sentMs: number;
  #tickedMs: number;

  constructor(rules: LivenessRules, tickMs: number, nowMs: number) {
    this.#rules = rules;
    this.#tickMs = tickMs;
    this.#heardMs = nowMs;
    this.#sentMs = nowMs;
    this.#tickedMs = nowMs;
  }

  /** When the peer was last heard. */
  get heardMs(): number {
    return this.#heardMs;
  }

  heard(nowMs: number): void {
    this.#heardMs = nowMs;
  }

  sent(nowMs: number): void {
    this.#sentMs = nowMs;
  }

  /** heartbeat: nothing was sent for a while. dead: nothing was heard for too long. */
  tick(nowMs: number): 'quiet' | 'heartbeat' | 'dead' {
    const lateMs = nowMs - this.#tickedMs - this.#tickMs;
    this.#tickedMs = nowMs;
    if (lateMs > this.#rules.linkLateMsMax) this.#heardMs = nowMs;
    if (nowMs - this.#heardMs >= this.#rules.linkSilenceMsMax) return 'dead';
    return nowMs - this.#sentMs >= this.#rules.linkHeartbeatMs ? 'heartbeat' : 'quiet';
  }
}
