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

  /** Whether the plan before didn't say that `what` is so. */
  isNew(what: string): boolean {
    return !this.#before.has(what);
  }

  /** The number that the plan before noted under this name. It is forgotten unless it is noted again. */
  noted(what: string): number | undefined {
    return this.#before.get(what);
  }

  /** Notes a number for the next plan. */
  note(what: string, value: number): void {
    this.#since.set(what, value);
  }

  /** Says that `what` begins now, whatever was before; that `reached` holds of it `limitMs` from now. */
  begin(what: string, limitMs: number): void {
    this.note(what, this.#nowMs);
    this.#nextMs = Math.min(this.#nextMs ?? limitMs, limitMs);
  }

  /**
   * A number to tell people: as it is now, or as it was told up to `forMs` ago. What is told is written down, and that
   * wakes the operator: a number that never rests would keep it busy.
   */
  told(what: string, value: number, forMs: number): number {
    const atMs = this.#before.get(`${what}/at`);
    const before = this.#before.get(what);
    const isRecent = atMs !== undefined && this.#nowMs - atMs < forMs;
    const now = isRecent && before !== undefined ? before : value;
    this.note(what, now);
    this.note(`${what}/at`, isRecent ? atMs : this.#nowMs);
    return now;
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
