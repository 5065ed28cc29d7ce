import { canaryCache } from '../../topology/index.ts';
import { History } from '../history/index.ts';
import { Sequencer } from '../sequencer/index.ts';
import { Place } from './recency.ts';

/** The wish of one link for the items of a topic. */
export interface Feed {
  /** Whose clients get it, name/incarnation; empty: that isn't known. */
  readonly router: string;
  /** What was handed out since may not have reached them, monotonic. */
  sureMs(): number;
  /** Takes the next item; called in order of sequence, without a gap. */
  item(sequence: number, item: Uint8Array): void;
  /** The topic is no longer owned here; nothing follows. */
  moved(): void;
  /** Another router's clients may come back: see FeedUpdate.orphaned_after. */
  orphaned(after: number): void;
}

/** Clients of a router that went may come back, until then, for what came after. */
export interface Orphans {
  readonly after: number;
  /** Monotonic. */
  readonly untilMs: number;
  /** It may be there still, see `link.Orphans`; empty: it is gone. */
  readonly router: string;
}

/** Where the numbering of a topic stands that was somebody else's before. */
export interface Inherited {
  /** Sequence of the last item. */
  readonly head: number;
  /** How many of the newest items come with it. */
  readonly items: number;
}

const noFeeds: readonly Feed[] = [];

/** The state of one topic that this process owns. */
export class Topic {
  readonly cache: string;
  readonly name: string;
  /** A router's own; no client's, and not counted as such. */
  readonly isCanary: boolean;
  readonly sequencer: Sequencer;
  readonly history: History;
  /** Replaced, never changed: a feed may leave while the items of a topic are handed out. */
  feeds: readonly Feed[] = noFeeds;
  orphans: readonly Orphans[] = [];
  /** When it was last published to, replayed or withdrawn from, monotonic; holds while it has no feeds. */
  activeMs: number;
  /** The owner's generation in which it was last known to be owned. */
  generation: number;
  /** What the retention counts for it. */
  retainedBytes = 0;
  /** Among topics without feeds. */
  readonly idlePlace: Place<Topic> = new Place(this);
  /** Among topics that retain items. */
  readonly retainedPlace: Place<Topic> = new Place(this);

  constructor(
    cache: string,
    name: string,
    page: number,
    generation: number,
    nowMs: number,
    inherited: Inherited = { head: 0, items: 0 },
  ) {
    this.cache = cache;
    this.name = name;
    this.isCanary = cache === canaryCache;
    this.sequencer = new Sequencer(page, inherited.head);
    this.history = new History(inherited.head - inherited.items + 1);
    this.generation = generation;
    this.activeMs = nowMs;
  }

  get page(): number {
    return this.sequencer.page;
  }

  addFeed(feed: Feed): void {
    this.feeds = [...this.feeds, feed];
  }

  removeFeed(feed: Feed): void {
    const left = this.feeds.filter((other) => other !== feed);
    this.feeds = left.length === 0 ? noFeeds : left;
  }

  dropFeeds(): void {
    const feeds = this.feeds;
    this.feeds = noFeeds;
    for (const feed of feeds) feed.moved();
  }
}
