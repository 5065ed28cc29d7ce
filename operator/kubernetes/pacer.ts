import type { Clock } from '../../runtime/index.ts';

export interface PacerBounds {
  /** Requests are spaced for this long after the last failure. Default 5000. */
  readonly failingMs: number;
  /** Between two requests while failing. Default 100: at most 10 a second. */
  readonly spacingMs: number;
  /** The longest that a server's wish to be left alone is granted. Default 10 000. */
  readonly restMsMax: number;
}

export const defaultPacerBounds: PacerBounds = {
  failingMs: 5000,
  spacingMs: 100,
  restMsMax: 10_000,
};

/** Lets requests through freely while all is well, and one at a time, spaced, while some fail. */
export class Pacer {
  readonly #clock: Clock;
  readonly #bounds: PacerBounds;
  #failingUntilMs = Number.NEGATIVE_INFINITY;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, bounds: Partial<PacerBounds> = {}) {
    this.#clock = clock;
    this.#bounds = { ...defaultPacerBounds, ...bounds };
  }

  /** Resolves when the next request may go, or when `signal` is aborted. */
  async turn(signal?: AbortSignal): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs >= this.#failingUntilMs && nowMs >= this.#nextMs) return;
    const atMs = Math.max(nowMs, this.#nextMs);
    this.#nextMs = atMs + this.#bounds.spacingMs;
    if (atMs > nowMs) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(atMs - nowMs, done);
        signal?.addEventListener('abort', done, { once: true });
        if (signal?.aborted) done();
        function done(): void {
          cancel();
          signal?.removeEventListener('abort', done);
          resolve();
        }
      });
    }
  }

  /** A request failed. @param restMs how long the server asks to be left alone. */
  failed(restMs = 0): void {
    const nowMs = this.#clock.monotonicMs();
    const { failingMs, spacingMs, restMsMax } = this.#bounds;
    this.#failingUntilMs = nowMs + failingMs;
    const restUntilMs = nowMs + Math.min(restMs, restMsMax);
    this.#nextMs = Math.max(this.#nextMs, nowMs + spacingMs, restUntilMs);
  }
}
