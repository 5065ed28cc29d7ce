/** More than are on their way at an interval, while anything comes at all. */
const itemsMax = 64;

/** When the latest items of a lane were sent. One clock, that of this process, sees them go and come back. */
export class Stopwatch {
  readonly #sentMs = new Map<number, number>();

  sent(n: number, nowMs: number): void {
    this.#sentMs.set(n, nowMs);
    if (this.#sentMs.size <= itemsMax) return;
    for (const oldest of this.#sentMs.keys()) {
      this.#sentMs.delete(oldest);
      return;
    }
  }

  /** It was refused, or what it took says nothing. */
  forget(n: number): void {
    this.#sentMs.delete(n);
  }

  /** How long it took, once; undefined: not known. */
  arrived(n: number, nowMs: number): number | undefined {
    const sentMs = this.#sentMs.get(n);
    this.#sentMs.delete(n);
    return sentMs === undefined ? undefined : nowMs - sentMs;
  }
}
