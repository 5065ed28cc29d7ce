import type { HistoryBounds } from '../history/index.ts';

/** What a topology says to every topic. */
export interface TopicSettings {
  readonly messageBytesMax: number;
  readonly history: HistoryBounds;
  /** A topic without interest and activity for this long is evicted. */
  readonly idleMsMax: number;
}

/** Who owns what, as the topics need to know it. */
export interface Owner {
  /**
   * One more whenever a topic that was owned before may not be any more; two more when it may have been somebody
   * else's in between. A topic that was last known to be owned two or more before is not the same any more.
   */
  readonly generation: number;
  /** undefined: no topology is held, and nothing is owned. */
  readonly settings: TopicSettings | undefined;
  /** Whether this process owns the topic, and its cache exists. */
  owns(cache: string, topic: string): boolean;
  readonly epoch: number;
  /** The page of topics that are created now; larger with more `sweeps`, and larger in a later epoch. */
  page(sweeps: number): number;
}
