import type { Clock } from '../../runtime/index.ts';
import type { KubernetesErrorCode } from './errors.ts';

const reportMsMin = 60_000;

/** Keeps the log readable while the same trouble lasts. */
export class OnceAMinute {
  readonly #clock: Clock;
  readonly #reportedMs = new Map<KubernetesErrorCode, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether trouble of this code is to be reported now. */
  isDue(code: KubernetesErrorCode): boolean {
    const nowMs = this.#clock.monotonicMs();
    const reportedMs = this.#reportedMs.get(code) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - reportedMs < reportMsMin) return false;
    this.#reportedMs.set(code, nowMs);
    return true;
  }
}
