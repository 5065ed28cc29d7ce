import type { HistoryBounds } from '../history/index.ts';

/** What a topology says to every topic. */
export interface TopicSettings {
  readonly messageBytesMax: number;
  readonly history: HistoryBounds;
  /** A topic without interest and activity for this long is evicted. */
  readonly idleMsMax: number;
}

/**
 * What this process is to a topic.
 * mine: its owner. leaving: its owner until it has handed it over to the storage node `to`. coming: its heir, to whom the
 * storage node `from` hands it over. others: nothing.
 */
export type Role =
  | { readonly is: 'mine' | 'others' }
  | { readonly is: 'leaving'; readonly to: string }
  | { readonly is: 'coming'; readonly from: string };

/** Who owns what, as the topics need to know it. */
export interface Owner {
  /**
   * One more whenever a topic that was owned before may not be any more; two more when it may have been somebody
   * else's in between. A topic that was last known to be owned two or more before is not the same any more.
   */
  readonly generation: number;
  /** undefined: no topology is held, and nothing is owned. */
  readonly settings: TopicSettings | undefined;
  /** `others` when the topic's cache doesn't exist. */
  role(cache: string, topic: string): Role;
  /** The same in an earlier generation, when it began, or in this one; `others` in one that isn't known any more. */
  roleAt(generation: number, cache: string, topic: string): Role;
  readonly epoch: number;
  /** A move is in COMMIT: no topic is evicted, by nobody. A copy of its state may still be on its way. */
  readonly moving: boolean;
  /** The page of topics that are created now; larger with more `sweeps`, and larger in a later epoch. */
  page(sweeps: number): number;
}

/** What a heir has heard from those who hand over to it. */
export interface Arrivals {
  /** The storage node `from` may still hand this topic over: it is not to be begun. */
  mayCome(from: string, cache: string, topic: string): boolean;
}
