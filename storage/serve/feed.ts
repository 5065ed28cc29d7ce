import type { link } from '../../proto/index.ts';
import type { Feed, Topic } from '../topics/index.ts';

/** Where a feed hands what it is told; the session of its link. */
export interface FeedHost {
  /** name/incarnation */
  readonly router: string;
  /** See `Feed`. */
  sureMs(): number;
  feedItem(feed: LinkFeed, sequence: number, item: Uint8Array): void;
  feedMoved(feed: LinkFeed): void;
  feedOrphaned(feed: LinkFeed, after: number): void;
}

/** The items of one topic on their way to one router. Behind a catch-up it reads from history, then it is live. */
export class LinkFeed implements Feed {
  readonly number: number;
  readonly #host: FeedHost;
  /** Set as soon as it is attached. */
  topic!: Topic;
  /** The next sequence to send. */
  next = 0;
  catchingUp = false;
  /** What the next batch says of it. */
  update: link.FeedUpdate | undefined;

  constructor(number: number, host: FeedHost) {
    this.number = number;
    this.#host = host;
  }

  get router(): string {
    return this.#host.router;
  }

  sureMs(): number {
    return this.#host.sureMs();
  }

  item(sequence: number, item: Uint8Array): void {
    if (this.catchingUp || sequence < this.next) return;
    this.next += 1;
    this.#host.feedItem(this, sequence, item);
  }

  moved(): void {
    this.#host.feedMoved(this);
  }

  orphaned(after: number): void {
    this.#host.feedOrphaned(this, after);
  }

  newUpdate(): link.FeedUpdate {
    return {
      feed: this.number,
      start: undefined,
      firstSequence: 0,
      items: [],
      moved: false,
      orphanedAfter: undefined,
    };
  }
}
