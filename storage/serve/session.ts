import { link, type topo } from '../../proto/index.ts';
import type { Carrier } from '../handoff/index.ts';
import type { Self } from '../ownership/index.ts';
import type { Feed, Topics } from '../topics/index.ts';
import type { LinkBounds } from './bounds.ts';
import type { Ending } from './ending.ts';
import { type FeedHost, LinkFeed } from './feed.ts';
import type { Moves } from './moves.ts';
import { Outgoing, type Taken } from './outgoing.ts';
import { Waits } from './waits.ts';

export interface SessionOptions {
  readonly self: Self;
  readonly topics: Topics;
  readonly moves: Moves;
  readonly bounds: LinkBounds;
  /** Of the topology held. */
  readonly version: () => topo.Version;
  /** The topology held; undefined: none yet. */
  readonly topology: () => topo.Topology | undefined;
  /** A router brought one. It may be older, or of another cluster. */
  readonly offered: (topology: topo.Topology) => void;
  /** What was written since may not have reached the router, monotonic. */
  readonly sureMs: () => number;
  /** There is something to say after there was nothing, or a batch is full. */
  readonly onPending: () => void;
}

/**
 * One link without its stream: takes batches of the router, gives batches for it.
 *
 *     waiting --hello--> open --close--> closed
 *        '----bad or missing hello--------^
 *
 * waiting: nothing was received. open: serves. closed: has no feeds, takes and says nothing.
 */
export class Session implements FeedHost, Carrier {
  readonly #options: SessionOptions;
  readonly #topics: Topics;
  readonly #waits: Waits;
  readonly #outgoing: Outgoing;
  readonly #feeds = new Map<number, LinkFeed>();
  #state: 'waiting' | 'open' | 'closed' = 'waiting';
  #peer: link.Hello | undefined;
  /** name/incarnation of the peer. */
  router = '';

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#topics = options.topics;
    this.#waits = new Waits(options.moves);
    this.#outgoing = new Outgoing(options.topics, options.bounds, options.onPending);
  }

  /** Who is at the other end; undefined before its hello. */
  get peer(): link.Hello | undefined {
    return this.#peer;
  }

  sureMs(): number {
    return this.#options.sureMs();
  }

  get feeds(): number {
    return this.#feeds.size;
  }

  get pending(): boolean {
    return this.#outgoing.pending;
  }

  /** Collected and not taken yet. */
  get pendingBytes(): number {
    return this.#outgoing.bytes;
  }

  /** Does what the batch asks, in field order. The answer says that the link must end, and why. */
  receive(batch: link.RouterBatch, nowMs: number): Ending | undefined {
    if (this.#state === 'closed') return undefined;
    const refusal = this.#greet(batch.hello);
    if (refusal) return refusal;
    for (const number of batch.withdrawals) this.#withdraw(number, nowMs);
    for (const interest of batch.interests) {
      const violation = this.#attach(interest, nowMs);
      if (violation) return violation;
    }
    for (const publish of batch.publishes) this.#publish(publish, nowMs);
    for (const replay of batch.replays) this.#outgoing.replay(replay);
    if (batch.leaving) this.#orphan(nowMs, nowMs);
    const { moves } = this.#options;
    for (const handoff of batch.handoffs) this.#outgoing.handoffResult(moves.receive(handoff));
    for (const result of batch.handoffResults) moves.answered(result, this);
    if (batch.asksTopology) this.#giveTopology();
    // Last: what came before it was said of the topology held.
    if (batch.topology) this.#options.offered(batch.topology);
    return undefined;
  }

  /** Its router is behind: what it carried would come late. */
  get busy(): boolean {
    return this.#outgoing.bytes >= this.#options.bounds.batchBytesMax;
  }

  carry(handoff: link.Handoff, bytes: number): void {
    this.#outgoing.handoff(handoff, bytes);
  }

  /** Tells the router which topology is held now. Said again, it asks the router to try again what was refused. */
  announce(): void {
    if (this.#state === 'open') this.#outgoing.version(this.#options.version());
  }

  /** Every feed ends as if its topic had moved; what was collected for it isn't said. */
  hold(nowMs: number): void {
    for (const feed of this.#feeds.values()) {
      this.#topics.detach(feed.topic, feed, nowMs);
      this.#outgoing.cut(feed);
    }
    this.#feeds.clear();
  }

  take(nowMs: number): Taken {
    return this.#outgoing.take(nowMs);
  }

  /** Gives up every feed and all that was collected. */
  close(nowMs: number): void {
    const wasOpen = this.#state === 'open';
    if (wasOpen) this.#options.moves.linkClosed(this);
    this.#state = 'closed';
    this.#outgoing.close();
    this.#orphan(this.sureMs(), nowMs);
    this.#waits.close();
    for (const feed of this.#feeds.values()) this.#topics.detach(feed.topic, feed, nowMs);
    this.#feeds.clear();
    if (wasOpen) this.#topics.routerWent(this.router, nowMs);
  }

  feedItem(feed: LinkFeed, sequence: number, item: Uint8Array): void {
    this.#outgoing.item(feed, sequence, item);
  }

  feedOrphaned(feed: LinkFeed, after: number): void {
    this.#outgoing.orphaned(feed, { page: feed.topic.page, sequence: after });
  }

  feedMoved(feed: LinkFeed): void {
    this.#feeds.delete(feed.number);
    this.#outgoing.moved(feed);
  }

  /** Its clients come back elsewhere; also for topics that are still to come. */
  #orphan(sinceMs: number, nowMs: number): void {
    this.#waits.depart();
    for (const feed of this.#feeds.values()) {
      this.#topics.orphan(feed.topic, feed, sinceMs, nowMs);
    }
  }

  #greet(hello: link.Hello | undefined): Ending | undefined {
    const { cluster, name, incarnation } = this.#options.self;
    if (this.#state === 'open') {
      return hello && { reason: 'violation', message: 'a second hello on a link' };
    }
    if (!hello) return { reason: 'refused', message: 'the first batch of a link has no hello' };
    if (hello.cluster !== cluster) {
      const message = `storage node ${name} belongs to cluster ${cluster}, router ${hello.router} to ${hello.cluster || 'none'}: check the address and --cluster`;
      return { reason: 'refused', message };
    }
    this.#peer = hello;
    this.router = `${hello.router}/${hello.incarnation}`;
    this.#topics.routerCame(this.router);
    this.#state = 'open';
    this.#outgoing.welcome({ storage: name, incarnation });
    this.announce();
    this.#options.moves.linkOpened(this);
    return undefined;
  }

  #withdraw(number: number, nowMs: number): void {
    this.#waits.withdraw(number);
    const feed = this.#feeds.get(number);
    // Unknown: the note that it moved crossed the withdrawal.
    if (!feed) return;
    this.#feeds.delete(number);
    this.#topics.detach(feed.topic, feed, nowMs);
    this.#outgoing.forget(feed);
  }

  /** @param sinceMs when the router asked for it */
  #attach(interest: link.Interest, nowMs: number, sinceMs = nowMs): Ending | undefined {
    const { cache, topic, page, nextSequence } = interest;
    if (this.#feeds.has(interest.feed) || this.#waits.hasFeed(interest.feed)) {
      const message = `feed ${interest.feed} is in use: withdraw it first`;
      return { reason: 'violation', message };
    }
    const feed = new LinkFeed(interest.feed, this);
    const attached = this.#topics.attach(cache, topic, page, nextSequence, feed, nowMs);
    if (typeof attached === 'string') {
      if (attached === 'waits' && this.#waits.hasTopicOf(interest)) return secondFeed(feed);
      if (attached === 'moved' || !this.#interestWaits(interest, sinceMs))
        this.#outgoing.moved(feed);
      return undefined;
    }
    if (attached.topic.feeds.some((other) => other !== feed && this.#isMine(other))) {
      this.#topics.detach(attached.topic, feed, nowMs);
      return secondFeed(feed);
    }
    feed.topic = attached.topic;
    feed.next = attached.sequence;
    feed.catchingUp = attached.sequence < attached.topic.history.end;
    this.#feeds.set(feed.number, feed);
    const position = { page: attached.topic.page, sequence: attached.sequence };
    this.#outgoing.start(feed, position, feed.catchingUp);
    if (attached.orphanedAfter !== undefined) this.feedOrphaned(feed, attached.orphanedAfter);
    return undefined;
  }

  /** False: there is no room. */
  #interestWaits(interest: link.Interest, sinceMs: number): boolean {
    return this.#waits.interest(interest, sinceMs, (nowMs) => {
      this.#attach(interest, nowMs, sinceMs);
    });
  }

  #giveTopology(): void {
    const topology = this.#options.topology();
    if (topology) this.#outgoing.topology(topology);
  }

  #isMine(feed: Feed): boolean {
    return feed instanceof LinkFeed && this.#feeds.get(feed.number) === feed;
  }

  #publish(publish: link.Publish, nowMs: number): void {
    const { outcome, page, sequence } = this.#topics.publish(publish, nowMs);
    if (outcome === link.Outcome.UNSPECIFIED) return this.#publishWaits(publish);
    this.#outgoing.result({ request: publish.request, outcome, page, sequence });
  }

  #publishWaits(publish: link.Publish): void {
    const goOn = (later: link.Publish, laterMs: number) => this.#publish(later, laterMs);
    if (this.#waits.publish(publish, goOn)) return;
    const outcome = link.Outcome.EXHAUSTED;
    this.#outgoing.result({ request: publish.request, outcome, page: 0, sequence: 0 });
  }
}

function secondFeed({ number }: LinkFeed): Ending {
  const message = `feed ${number} is the second of its topic on this link`;
  return { reason: 'violation', message };
}
