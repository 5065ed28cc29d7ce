/** How fast a counter grows, over the last while. Sampled at its own times, so it costs what is counted nothing. */
export class Rate {
  readonly #read: () => number;
  readonly #windowMs: number;
  /** [time, count], oldest first; the first is the last one that is as old as the window. */
  #samples: readonly (readonly [number, number])[];

  constructor(read: () => number, windowMs: number, nowMs: number) {
    this.#read = read;
    this.#windowMs = windowMs;
    this.#samples = [[nowMs, read()]];
  }

  sample(nowMs: number): void {
    const kept = this.#samples.findLastIndex(([atMs]) => atMs <= nowMs - this.#windowMs);
    this.#samples = [...this.#samples.slice(Math.max(0, kept)), [nowMs, this.#read()]];
  }

  /** Of the counter's unit. Before it was there, nothing was counted: what a process does to start is not its rate. */
  get perSecond(): number {
    const [firstMs, first] = this.#samples[0] ?? [0, 0];
    const [lastMs, last] = this.#samples.at(-1) ?? [0, 0];
    return ((last - first) * 1000) / Math.max(lastMs - firstMs, this.#windowMs);
  }
}
