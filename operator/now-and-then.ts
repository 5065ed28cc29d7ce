import type { Clock } from '../runtime/index.ts';

/** Lets the same thing through now and then: keeps the log readable while the same trouble lasts. */
export class NowAndThen {
  readonly #clock: Clock;
  readonly #pauseMs: number;
  /** When each thing was let through; monotonic. */
  readonly #atMs = new Map<string, number>();

  /** @param pauseMs between two times of the same. Default 60 000. */
  constructor(clock: Clock, pauseMs = 60_000) {
    this.#clock = clock;
    this.#pauseMs = pauseMs;
  }

  /** Whether it is time, for the first time or again. */
  isDue(what: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    for (const [each, atMs] of this.#atMs) {
      if (nowMs - atMs >= this.#pauseMs) this.#atMs.delete(each);
    }
    if (this.#atMs.has(what)) return false;
    this.#atMs.set(what, nowMs);
    return true;
  }
}
