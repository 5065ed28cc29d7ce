import type { link, topo } from '../../proto/index.ts';
import { compareVersions, topicKey } from '../../topology/index.ts';
import type { Arrivals } from '../topics/index.ts';

/** What a topology in COMMIT makes of a target: a member of the new ring that it names by its incarnation. */
export interface TargetOrder {
  readonly version: topo.Version;
  /** Who hands over. */
  readonly sources: ReadonlySet<string>;
}

/** not-yet: nothing is to be done. taken: these topics are to be installed, if they aren't here, and TAKEN is said. */
export type Received =
  | { readonly is: 'not-yet' }
  | {
      readonly is: 'taken';
      readonly topics: readonly link.TopicState[];
      /** The source hands over nothing more: what waits for it may go on. Said once. */
      readonly last: boolean;
    };

const notYet: Received = { is: 'not-yet' };

/**
 * A target in the COMMIT of a move, as a step machine. A handoff counts in exactly the version held: a copy from another
 * one would bring an old page back. Every version begins anew: each source says `last` again.
 */
export class HandoffTarget implements Arrivals {
  readonly #self: string;
  #order: TargetOrder | undefined;
  readonly #finished = new Set<string>();
  /** Topics that came and weren't taken, in this move. */
  readonly #refused = new Set<string>();
  readonly #refusedMax: number;

  /** @param refusedMax beyond it, a topic that wasn't taken is waited for until its source has nothing more */
  constructor(self: string, refusedMax: number) {
    this.#self = self;
    this.#refusedMax = refusedMax;
  }

  /** A topology is in force. undefined: it doesn't make this process a target. */
  follow(order: TargetOrder | undefined): void {
    this.#order = order;
    this.#finished.clear();
    if (!order) this.#refused.clear();
  }

  /** A topic came, and wasn't taken: it may be begun. */
  refuse(cache: string, topic: string): void {
    if (this.#refused.size < this.#refusedMax) this.#refused.add(topicKey(cache, topic));
  }

  receive({ from, to, version, topics, last }: link.Handoff): Received {
    const order = this.#order;
    if (!order || to !== this.#self || !order.sources.has(from)) return notYet;
    if (!version || compareVersions(version, order.version) !== 0) return notYet;
    const isNews = last && !this.#finished.has(from);
    if (isNews) this.#finished.add(from);
    return { is: 'taken', topics, last: isNews };
  }

  mayCome(from: string, cache: string, topic: string): boolean {
    if (this.#order?.sources.has(from) !== true || this.#finished.has(from)) return false;
    return this.#refused.size === 0 || !this.#refused.has(topicKey(cache, topic));
  }
}
