/** Since when (milliseconds, monotonic) each thing has been so. Handed from one plan to the next of a cluster. */
export type WaitMemory = ReadonlyMap<string, number>;

/**
 * How long things have been so, for the length of one plan. What a plan doesn't ask about is forgotten: it has to
 * be so without a break. An operator that restarts has an empty memory, which only makes waits longer.
 */
export class Waits {
  readonly #before: WaitMemory;
  readonly #nowMs: number;
  readonly #since = new Map<string, number>();
  #nextMs: number | undefined;

  constructor(before: WaitMemory, nowMs: number) {
    this.#before = before;
    this.#nowMs = nowMs;
  }

  /** Says that `what` is so, and answers whether it has been for `limitMs`. */
  reached(what: string, limitMs: number): boolean {
    const sinceMs = this.#before.get(what) ?? this.#nowMs;
    this.#since.set(what, sinceMs);
    const leftMs = sinceMs + limitMs - this.#nowMs;
    if (leftMs > 0) this.#nextMs = Math.min(this.#nextMs ?? leftMs, leftMs);
    return leftMs <= 0;
  }

  /** For the next plan. */
  get memory(): WaitMemory {
    return this.#since;
  }

  /** When the first of the limits asked for will be reached; undefined: none is ahead. */
  get nextMs(): number | undefined {
    return this.#nextMs;
  }
}
