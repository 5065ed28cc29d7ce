/** Each bucket ends so many times as late as the one before it. */
const bucketRatio = 1.02;
const firstBucketMs = 0.1;

/** How long things took, as counts in buckets: however many there were, adding one and asking cost the same. */
export class Latencies {
  count = 0;
  /** NaN: there was none. */
  maxMs = Number.NaN;
  readonly #buckets: number[] = [];

  add(ms: number): void {
    const steps = Math.log(Math.max(ms, firstBucketMs) / firstBucketMs) / Math.log(bucketRatio);
    const bucket = Math.ceil(steps);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.count++;
    this.maxMs = this.count === 1 ? ms : Math.max(this.maxMs, ms);
  }

  /** The time that `share` (0 to 1) of all of them don't exceed, 2 % too long at most; NaN if there are none. */
  static quantileMs(all: readonly Latencies[], share: number): number {
    const count = all.reduce((sum, each) => sum + each.count, 0);
    if (count === 0) return Number.NaN;
    const buckets = Math.max(...all.map((each) => each.#buckets.length));
    let within = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      for (const each of all) within += each.#buckets[bucket] ?? 0;
      if (within >= count * share) return firstBucketMs * bucketRatio ** bucket;
    }
    throw new Error(`a share of ${share} is more than all`);
  }
}
