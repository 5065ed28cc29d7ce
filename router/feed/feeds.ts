import type { link } from '../../proto/index.ts';
import type { Logger } from '../../runtime/index.ts';
import type { LinkPort } from '../link/index.ts';
import type { Position, TopicName } from '../service.ts';
import { type Feed, newFeed } from './feed.ts';
import { type ReplayDone, Replays } from './replays.ts';
import { continues } from './resume.ts';

/** What feeds tell the hub. A feed's calls are in order. */
export interface FeedEvents {
  /** The feed is live at `feed.position`. `gap`: it doesn't go on where it was; what lies between is lost. */
  started(feed: Feed, gap: boolean): void;
  /** The next items; the first has sequence `firstSequence` on the feed's page. `feed.position` is the last one. */
  items(feed: Feed, firstSequence: number, items: readonly Uint8Array[]): void;
}

/** How a feed finds its owner's link right now; see `Whereabouts`. */
export interface FeedOwners {
  ownerOf(cache: string, topic: string): string | undefined;
  /** Whether a feed may stay where it is. */
  mayServe(member: string, cache: string, topic: string): boolean;
  /** True: `member` was the topic's source in a move, and `ownerOf` names its heir now. */
  passedOn(member: string, cache: string, topic: string): boolean;
  open(member: string): LinkPort | undefined;
}

export interface FeedTime {
  readonly nowMs: () => number;
  /** Runs an action when this turn of the event loop is over. */
  readonly turn: (action: () => void) => void;
  /** `RouterBounds.orphansMs` */
  readonly orphansMs: number;
}

/** Feeds looked at in one turn after a change of the topology; about 10 us each. */
const passFeedsMax = 500;

/** Keeps this router's interest registered with the owner of every topic that has subscriptions here. */
export class Feeds {
  readonly #owners: FeedOwners;
  readonly #events: FeedEvents;
  readonly #log: Logger;
  readonly #time: FeedTime;
  readonly #feeds = new Set<Feed>();
  readonly #detached = new Set<Feed>();
  readonly #byLink = new Map<LinkPort, Map<number, Feed>>();
  readonly #replays = new Replays();
  #id = 0;
  /** How often owners may have changed. */
  #changes = 0;
  /** Feeds not looked at yet since the topology changed; undefined: all were. */
  #unchecked: Iterator<Feed> | undefined;
  #moved = 0;

  constructor(owners: FeedOwners, events: FeedEvents, log: Logger, time: FeedTime) {
    this.#time = time;
    this.#owners = owners;
    this.#events = events;
    this.#log = log;
  }

  get count(): number {
    return this.#feeds.size;
  }

  /** How often a feed went from its topic's source to the heir. */
  get moved(): number {
    return this.#moved;
  }

  /** Registers interest; `started` follows as soon as there is an owner that answers. */
  want(name: TopicName): Feed {
    const feed = newFeed(name);
    this.#feeds.add(feed);
    this.#detached.add(feed);
    this.#attach(feed);
    return feed;
  }

  /** Withdraws interest. Nothing is told of this feed any more. */
  unwant(feed: Feed): void {
    this.#detach(feed, true);
    this.#detached.delete(feed);
    this.#feeds.delete(feed);
  }

  /** Something changed that may have given detached feeds an owner. */
  reattach(): void {
    this.#changes += 1;
    for (const feed of [...this.#detached]) this.#attach(feed);
  }

  /**
   * The topology changed: feeds go where their topics' owners are now. Those on links that are open follow within a few
   * turns: a storage node that has the topology says itself which feeds it doesn't serve any more.
   */
  followOwners(): void {
    for (const [on, feeds] of this.#byLink) {
      if (on.state !== 'open') for (const feed of [...feeds.values()]) this.#detach(feed, true);
    }
    this.reattach();
    const isUnderWay = this.#unchecked !== undefined;
    this.#unchecked = this.#feeds.values();
    if (!isUnderWay) this.#check();
  }

  /** All that was on `broken` is detached; replays asked there fail. */
  broke(broken: LinkPort): void {
    const feeds = this.#byLink.get(broken);
    this.#byLink.delete(broken);
    for (const feed of feeds?.values() ?? []) {
      feed.state = { is: 'detached' };
      this.#detached.add(feed);
    }
    this.#replays.broke(broken);
  }

  /** News from a link: first the feeds, then the replays, which speak of the state after them. */
  received(from: LinkPort, batch: Pick<link.StorageBatch, 'feeds' | 'replays'>): void {
    const feeds = this.#byLink.get(from);
    for (const update of batch.feeds) {
      const feed = feeds?.get(update.feed);
      if (feed) this.#update(feed, update);
    }
    this.#replays.answered(from, batch.replays);
  }

  /**
   * Asks the owner for items of the past, on the link that carries the live feed. `done` is called with undefined
   * when no answer can come; the feed tells when it is live again.
   */
  replay(
    feed: Feed,
    asked: { readonly fromSequence: number; readonly page: number },
    done: ReplayDone,
  ): void {
    if (feed.state.is !== 'live') return done(undefined);
    this.#replays.ask(feed.state.on, { ...feed.name, ...asked }, done);
  }

  #check(): void {
    for (let count = 0; count < passFeedsMax; count++) {
      const next = this.#unchecked?.next();
      if (!next || next.done) {
        this.#unchecked = undefined;
        return;
      }
      const { state, name } = next.value;
      if (state.is === 'detached') continue;
      if (this.#owners.mayServe(state.on.member, name.cache, name.topic)) continue;
      this.#detach(next.value, true);
      this.#attach(next.value);
    }
    this.#time.turn(() => this.#check());
  }

  #attach(feed: Feed): void {
    const { cache, topic } = feed.name;
    const owner = this.#owners.ownerOf(cache, topic);
    const on = owner === undefined ? undefined : this.#owners.open(owner);
    if (!on) return;
    this.#id = (this.#id + 1) >>> 0;
    const id = this.#id;
    feed.state = { is: 'attaching', on, id, askedAt: this.#changes };
    this.#detached.delete(feed);
    let feeds = this.#byLink.get(on);
    if (!feeds) {
      feeds = new Map();
      this.#byLink.set(on, feeds);
    }
    feeds.set(id, feed);
    const held = feed.position;
    on.interest({
      feed: id,
      cache,
      topic,
      page: held?.page ?? 0,
      nextSequence: held ? held.sequence + 1 : 0,
    });
  }

  #detach(feed: Feed, withdraw: boolean): void {
    if (feed.state.is === 'detached') return;
    const { on, id } = feed.state;
    this.#byLink.get(on)?.delete(id);
    if (withdraw && (on.state === 'open' || on.state === 'lingering')) on.withdraw(id);
    feed.state = { is: 'detached' };
    this.#detached.add(feed);
  }

  #update(feed: Feed, update: link.FeedUpdate): void {
    if (update.orphanedAfter) {
      feed.orphans = {
        after: update.orphanedAfter,
        untilMs: this.#time.nowMs() + this.#time.orphansMs,
      };
    }
    if (update.start) this.#start(feed, update.start);
    if (update.items.length > 0) this.#items(feed, update);
    if (update.moved) this.#movedAway(feed);
  }

  /** The position stays: the heir, which has the history, goes on right there. */
  #movedAway(feed: Feed): void {
    if (feed.state.is === 'detached') return;
    const { on, askedAt } = feed.state;
    this.#detach(feed, false);
    const isPassedOn = this.#owners.passedOn(on.member, feed.name.cache, feed.name.topic);
    if (isPassedOn) this.#moved += 1;
    // Else it waits for a newer topology, here or there; `reattach` is called when either comes.
    if (isPassedOn || askedAt !== this.#changes) this.#attach(feed);
  }

  #start(feed: Feed, start: Position): void {
    if (feed.state.is === 'detached') return;
    const held = feed.position;
    feed.state = { ...feed.state, is: 'live' };
    feed.position = { page: start.page, sequence: start.sequence - 1 };
    this.#events.started(feed, held !== undefined && !continues(held, start));
  }

  #items(feed: Feed, update: link.FeedUpdate): void {
    const held = feed.position;
    if (!held || feed.state.is !== 'live') return;
    if (update.firstSequence !== held.sequence + 1) {
      this.#log.error(
        { expected: held.sequence + 1, got: update.firstSequence, feed: update.feed },
        'a feed jumped without saying so; asking for it anew',
      );
      this.#detach(feed, true);
      return this.#attach(feed);
    }
    feed.position = { page: held.page, sequence: held.sequence + update.items.length };
    this.#events.items(feed, update.firstSequence, update.items);
  }
}
