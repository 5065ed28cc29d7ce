import { canaryCache } from '../../topology/index.ts';
import type { RefusalCode } from '../service.ts';

export type PublishOutcome = 'accepted' | RefusalCode;

interface Published {
  count: number;
  /** Of payloads. */
  bytes: number;
}

/** What happened in one cache, or in several that are counted together. Plain numbers, only added to. */
export class CacheTraffic {
  readonly publishes = new Map<PublishOutcome, Published>([['accepted', { count: 0, bytes: 0 }]]);
  /** Handed to subscriptions as they came, once for each. Bytes with their gRPC prefix. */
  deliveredItems = 0;
  deliveredBytes = 0;

  /** @param payloadBytes 0: not known */
  published(outcome: PublishOutcome, payloadBytes: number): void {
    const published = this.publishes.get(outcome);
    if (published) {
      published.count += 1;
      published.bytes += payloadBytes;
    } else this.publishes.set(outcome, { count: 1, bytes: payloadBytes });
  }
}

/** The label of all caches that have none of their own; a cache of that name shares it. */
export const otherCaches = 'other';
/** Caches with a label of their own. With ten series each they stay far below 2,000. */
export const labelledCachesMax = 64;

/**
 * Counts by cache, for as many series as a process may have: the first caches that a topology declares have a label of
 * their own, for as long as this process lives, and the rest are counted together. So no count ever goes backwards or
 * from one label to another, also when a cache is removed, and what clients ask for is never a label.
 */
export class Traffic {
  readonly #byCache = new Map<string, CacheTraffic>();
  readonly #other = new CacheTraffic();
  /** The process's own, which is no client's. */
  readonly #canaries = new CacheTraffic();

  /** @param caches in the order of their declaration */
  follow(caches: readonly string[]): void {
    for (const cache of caches) {
      if (this.#byCache.size >= labelledCachesMax) return;
      if (cache === otherCaches || this.#byCache.has(cache)) continue;
      this.#byCache.set(cache, new CacheTraffic());
    }
  }

  /** Holds for as long as the cache is declared: it may be kept. */
  of(cache: string): CacheTraffic {
    return this.#byCache.get(cache) ?? (cache === canaryCache ? this.#canaries : this.#other);
  }

  /** What names no cache that can be. */
  get nameless(): CacheTraffic {
    return this.#other;
  }

  /** Every label. */
  *entries(): Iterable<readonly [string, CacheTraffic]> {
    yield* this.#byCache;
    yield [otherCaches, this.#other];
  }

  /** Of all clients. */
  get deliveredItems(): number {
    let items = 0;
    for (const [, traffic] of this.entries()) items += traffic.deliveredItems;
    return items;
  }
}
