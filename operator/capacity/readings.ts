import { setMaxListeners } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../runtime/index.ts';
import { type Component, components } from '../names.ts';
import { type RunOutcome, WorkQueue } from '../queue.ts';
import type { Reading } from '../scale/index.ts';
import type { CapacitySource, CapacityWant } from './source.ts';

/** What one look at a tier found. */
export interface TimedReading {
  readonly reading: Reading;
  /** When it came; since 1970. */
  readonly atMs: number;
  /** The same; monotonic. */
  readonly takenMs: number;
  /** Larger for each reading that comes later, of whatever tier; each is to be judged once. */
  readonly number: number;
}

export interface CapacityReadingsOptions {
  readonly clock: Clock;
  readonly source: CapacitySource;
  /** Told when a reading of this cluster came. */
  readonly onReading: (key: string) => void;
  /** Looks that are under way at one time, over all clusters. Default 16. */
  readonly looksMax?: number;
}

/** A tier that nobody asked for in so many intervals is forgotten. */
const unaskedIntervalsMax = 5;

interface Tier {
  readonly key: string;
  readonly want: CapacityWant;
  /** Monotonic. */
  askedMs: number;
  last: TimedReading | undefined;
}

/** The last reading of each tier that is asked for, taken anew at its interval. */
export class CapacityReadings {
  readonly #options: CapacityReadingsOptions;
  readonly #stop = new AbortController();
  /** By tier and key of the cluster. */
  readonly #tiers = new Map<string, Tier>();
  readonly #looks: WorkQueue;
  #number = 0;

  constructor(options: CapacityReadingsOptions) {
    this.#options = options;
    const { clock, looksMax = 16 } = options;
    // Every look listens.
    setMaxListeners(looksMax + 1, this.#stop.signal);
    const run = (id: string): Promise<RunOutcome> => this.#look(id);
    // Chance is for what failed; a look that failed is a reading as well.
    this.#looks = new WorkQueue({ clock, run, random: () => 0, runsMax: looksMax });
  }

  /**
   * What was read last of each tier, where anything was. Doesn't wait: the first look begins now, and the next ones at
   * the interval for as long as this is called. Tiers that are wanted no more are forgotten, and so is what was read by
   * a want that has changed.
   */
  latest(key: string, wants: readonly CapacityWant[]): ReadonlyMap<Component, TimedReading> {
    const readings = new Map<Component, TimedReading>();
    if (this.#stop.signal.aborted) return readings;
    const askedMs = this.#options.clock.monotonicMs();
    for (const tier of components) {
      const id = idOf(tier, key);
      const want = wants.find((each) => each.tier === tier);
      const known = this.#tiers.get(id);
      if (!want) {
        this.#tiers.delete(id);
      } else if (known && isDeepStrictEqual(known.want, want)) {
        known.askedMs = askedMs;
        if (known.last) readings.set(tier, known.last);
      } else {
        this.#tiers.set(id, { key, want, askedMs, last: undefined });
        this.#looks.add(id);
      }
    }
    return readings;
  }

  /** The cluster is gone. */
  forget(key: string): void {
    for (const tier of components) this.#tiers.delete(idOf(tier, key));
  }

  /** Tiers that are looked at. */
  get size(): number {
    return this.#tiers.size;
  }

  /** Tells nobody anything from here on; resolves when no look is under way. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#tiers.clear();
    await this.#looks.stop();
  }

  async #look(id: string): Promise<RunOutcome> {
    const { clock, source, onReading } = this.#options;
    const never = { ok: true, againMs: undefined } as const;
    const tier = this.#tiers.get(id);
    if (!tier) return never;
    const { key, want } = tier;
    const begunMs = clock.monotonicMs();
    if (begunMs - tier.askedMs > unaskedIntervalsMax * want.intervalMs) {
      this.#tiers.delete(id);
      return never;
    }
    const reading = await source.read(want, this.#stop.signal);
    // Forgotten, or wanted in another way: then the next look is due at once.
    if (this.#tiers.get(id) !== tier) return never;
    const takenMs = clock.monotonicMs();
    this.#number += 1;
    tier.last = { reading, atMs: clock.wallMs(), takenMs, number: this.#number };
    onReading(key);
    return { ok: true, againMs: Math.max(0, begunMs + want.intervalMs - takenMs) };
  }
}

function idOf(tier: Component, key: string): string {
  return `${tier} ${key}`;
}
