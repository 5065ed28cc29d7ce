import type { link } from '../../proto/index.ts';
import { topicKey } from '../../topology/index.ts';
import type { Waiter } from '../handoff/index.ts';
import type { Moves } from './moves.ts';

interface WaitingInterest {
  readonly waiter: Waiter;
  readonly interest: link.Interest;
  /** When the router asked for it. */
  readonly sinceMs: number;
  readonly key: string;
}

/** A request beside its names and payload. */
const REQUEST_BYTES = 256;

/**
 * The requests of one link that wait for topics which may still come to this node, as their heir. Withdrawn ones leave;
 * all leave when the link ends.
 */
export class Waits {
  readonly #moves: Moves;
  readonly #publishes = new Set<Waiter>();
  readonly #interests = new Map<number, WaitingInterest>();
  readonly #topics = new Set<string>();

  constructor(moves: Moves) {
    this.#moves = moves;
  }

  /** False: there is no room. */
  publish(publish: link.Publish, go: (publish: link.Publish, nowMs: number) => void): boolean {
    const { cache, topic, publisherId } = publish;
    // The batch that carried it isn't kept alive.
    const kept = { ...publish, payload: Uint8Array.from(publish.payload) };
    const names = cache.length + topic.length + publisherId.length;
    const bytes = REQUEST_BYTES + names + kept.payload.length;
    const waiter = this.#moves.wait(cache, topic, bytes, (nowMs) => {
      if (waiter) this.#publishes.delete(waiter);
      go(kept, nowMs);
    });
    if (waiter) this.#publishes.add(waiter);
    return waiter !== undefined;
  }

  /** False: there is no room. */
  interest(interest: link.Interest, sinceMs: number, go: (nowMs: number) => void): boolean {
    const { feed, cache, topic } = interest;
    const bytes = REQUEST_BYTES + cache.length + topic.length;
    const waiter = this.#moves.wait(cache, topic, bytes, (nowMs) => {
      this.#forget(feed);
      go(nowMs);
    });
    if (!waiter) return false;
    const key = topicKey(interest.cache, interest.topic);
    this.#interests.set(feed, { waiter, interest, sinceMs, key });
    this.#topics.add(key);
    return true;
  }

  hasFeed(feed: number): boolean {
    return this.#interests.has(feed);
  }

  /** Whether an interest in the same topic waits already. */
  hasTopicOf(interest: link.Interest): boolean {
    return this.#topics.has(topicKey(interest.cache, interest.topic));
  }

  withdraw(feed: number): void {
    this.#interests.get(feed)?.waiter.cancel();
    this.#forget(feed);
  }

  /** The router's clients come back elsewhere, for what came since it asked. */
  depart(): void {
    for (const { interest, sinceMs } of this.#interests.values()) {
      this.#moves.depart(interest.cache, interest.topic, sinceMs);
    }
  }

  close(): void {
    for (const waiter of this.#publishes) waiter.cancel();
    for (const { waiter } of this.#interests.values()) waiter.cancel();
    this.#publishes.clear();
    this.#interests.clear();
    this.#topics.clear();
  }

  #forget(feed: number): void {
    const waiting = this.#interests.get(feed);
    if (!waiting) return;
    this.#interests.delete(feed);
    this.#topics.delete(waiting.key);
  }
}
