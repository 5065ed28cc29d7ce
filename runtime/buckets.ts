import { Histogram, type Registry } from './metrics.ts';

/** Counts values by size: some comparisons and three additions each, so it may be used for every publish. */
export class Buckets {
  /** Upper bounds, ascending; what is above the last is only in `count`. */
  readonly bounds: readonly number[];
  /** By bound, not cumulated. */
  readonly counts: Float64Array;
  count = 0;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length);
  }

  observe(value: number): void {
    this.count += 1;
    this.sum += value;
    const { bounds, counts } = this;
    for (let at = 0; at < bounds.length; at++) {
      if (value > (bounds[at] as number)) continue;
      counts[at] = (counts[at] as number) + 1;
      return;
    }
  }
}

/** Exports them as a histogram, read when it is asked for. */
export function registerBuckets(
  registry: Registry,
  name: string,
  help: string,
  buckets: Buckets,
): void {
  new BucketsHistogram(registry, name, help, buckets);
}

class BucketsHistogram extends Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #buckets: Buckets;

  constructor(registry: Registry, name: string, help: string, buckets: Buckets) {
    super({ name, help, buckets: [...buckets.bounds], registers: [registry] });
    this.#name = name;
    this.#help = help;
    this.#buckets = buckets;
  }

  /** What prom-client asks a metric for, whether it is read or written as text. */
  async getForPromString() {
    const { bounds, counts, count, sum } = this.#buckets;
    const bucket = `${this.#name}_bucket`;
    let below = 0;
    const values = bounds.map((bound, at) => {
      below += counts[at] ?? 0;
      return { metricName: bucket, labels: { le: String(bound) }, value: below };
    });
    return {
      name: this.#name,
      help: this.#help,
      type: 'histogram',
      aggregator: 'sum',
      values: [
        ...values,
        { metricName: bucket, labels: { le: '+Inf' }, value: count },
        { metricName: `${this.#name}_sum`, labels: {}, value: sum },
        { metricName: `${this.#name}_count`, labels: {}, value: count },
      ],
    };
  }
}
