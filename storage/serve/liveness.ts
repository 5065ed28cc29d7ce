import type { LinkBounds } from './bounds.ts';

type LivenessBounds = Pick<LinkBounds, 'linkHeartbeatMs' | 'linkSilenceMsMax' | 'linkLateMsMax'>;

/**
 * Knows when to send a heartbeat and when the peer is dead. `tick` is called every `tickMs`. A tick that comes late
 * by more than `linkLateMsMax` says that this process stood still: what the peer sent meanwhile may not be read yet,
 * so it gets one more period.
 */
export class Liveness {
  readonly #bounds: LivenessBounds;
  readonly #tickMs: number;
  #heardMs: number;
  #sentMs: number;
  #tickedMs: number;

  constructor(bounds: LivenessBounds, tickMs: number, nowMs: number) {
    this.#bounds = bounds;
    this.#tickMs = tickMs;
    this.#heardMs = nowMs;
    this.#sentMs = nowMs;
    this.#tickedMs = nowMs;
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
    if (lateMs > this.#bounds.linkLateMsMax) this.#heardMs = nowMs;
    if (nowMs - this.#heardMs >= this.#bounds.linkSilenceMsMax) return 'dead';
    return nowMs - this.#sentMs >= this.#bounds.linkHeartbeatMs ? 'heartbeat' : 'quiet';
  }
}
