/** Metrics of several processes as one: series of the same name and labels are added up. */
export class Figures {
  readonly #values = new Map<string, number>();

  /** @param addresses host:port of admin ports. */
  static async of(addresses: readonly string[]): Promise<Figures> {
    const figures = new Figures();
    for (const address of addresses) {
      figures.#add(await (await fetch(`http://${address}/metrics`)).text());
    }
    return figures;
  }

  /** Of all series of this name together. */
  value(name: string): number {
    let sum = 0;
    for (const [series, value] of this.#values) {
      if (series === name || series.startsWith(`${name}{`)) sum += value;
    }
    return sum;
  }

  /** The value of a histogram that `share` (0 to 1) of what was observed don't exceed; evenly spread in each bucket. */
  quantile(name: string, share: number): number {
    const buckets = new Map<number, number>();
    for (const [series, value] of this.#values) {
      if (!series.startsWith(`${name}_bucket{`)) continue;
      const bound = Number(/le="([^"]*)"/.exec(series)?.[1]?.replace('+Inf', 'Infinity'));
      buckets.set(bound, (buckets.get(bound) ?? 0) + value);
    }
    const sorted = [...buckets].toSorted(([a], [b]) => a - b);
    const wanted = (sorted.at(-1)?.[1] ?? 0) * share;
    let [below, before] = [0, 0];
    for (const [bound, count] of sorted) {
      if (count >= wanted && count > before) {
        if (bound === Number.POSITIVE_INFINITY) return below;
        return below + ((bound - below) * (wanted - before)) / (count - before);
      }
      [below, before] = [bound, count];
    }
    return Number.NaN;
  }

  #add(text: string): void {
    for (const line of text.split('\n')) {
      const at = line.lastIndexOf(' ');
      if (line.startsWith('#') || at < 0) continue;
      const series = line.slice(0, at);
      this.#values.set(series, (this.#values.get(series) ?? 0) + Number(line.slice(at + 1)));
    }
  }
}

/** The value that `share` (0 to 1) of the samples don't exceed; NaN without samples. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
