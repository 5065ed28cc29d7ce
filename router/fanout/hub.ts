import type { link } from '../../proto/index.ts';
import type { Logger, Registry } from '../../runtime/index.ts';
import { canaryCache, topicKey } from '../../topology/index.ts';
import type { RouterBounds } from '../config.ts';
import { type Feed, type FeedOwners, Feeds, replayed, settle } from '../feed/index.ts';
import type { LinkPort } from '../link/index.ts';
import type { Position, Refusal, Sink, StartAt, Subscription, TopicName } from '../service.ts';
import type { CacheTraffic, Traffic } from '../traffic/index.ts';
import { type Run, runsOf } from './frame.ts';
import { HeartbeatWheel } from './heartbeats.ts';
import { FanoutCounts, registerFanout } from './metrics.ts';
import { OutboxBudget } from './outbox.ts';
import { Subscriber } from './subscriber.ts';

/** A topic that has, or just had, subscriptions on this router. */
interface Topic {
  readonly name: TopicName;
  readonly feed: Feed;
  /** The router's own; no client's, and not counted as such. */
  readonly isCanary: boolean;
  readonly traffic: CacheTraffic;
  readonly live: Set<Subscriber>;
  readonly settling: Set<Subscriber>;
  /**
   * Replays on their way, by what was asked of which feed; who needs the same waits for the same answer. One asked where
   * the feed was before may be answered late, or with nothing: nobody waits for it who came after.
   */
  readonly replays: Map<string, { readonly subscriber: Subscriber; readonly attempt: number }[]>;
  /** Without subscriptions since; undefined while it has any. */
  idleSinceMs: number | undefined;
}

export interface HubOptions {
  readonly owners: FeedOwners;
  readonly bounds: RouterBounds;
  readonly log: Logger;
  readonly registry: Registry;
  /** Where deliveries are counted. */
  readonly traffic: Traffic;
  readonly nowMs: () => number;
  /** Runs an action when this turn of the event loop is over. */
  readonly turn: (action: () => void) => void;
  readonly heartbeatMs: number;
}

/**
 * The registry topic -> subscriptions. All subscriptions of a topic share one feed; an item is encoded once and its
 * frame handed to every outbox.
 */
export class Hub {
  readonly feeds: Feeds;
  /** Whether a subscription without a position gets the newest retained item. */
  resumeNewest = false;
  readonly #options: HubOptions;
  readonly #topics = new Map<string, Topic>();
  readonly #byFeed = new Map<Feed, Topic>();
  readonly #idle = new Set<Topic>();
  readonly #unsettled = new Set<Subscriber>();
  readonly #perCache = new Map<string, number>();
  #canaryTopics = 0;
  readonly #budget: OutboxBudget;
  readonly #wheel: HeartbeatWheel;
  readonly #counts = new FanoutCounts();

  constructor(options: HubOptions) {
    this.#options = options;
    this.#budget = new OutboxBudget(options.bounds.outboxesBytesMax);
    this.#wheel = new HeartbeatWheel(options.nowMs(), options.heartbeatMs);
    registerFanout(options.registry, this.#counts, options.traffic, {
      subscriptions: () => this.subscriptions,
      subscriptionsOf: (cache) => this.subscriptionsOf(cache),
      topics: () => this.topics,
      outboxBytes: () => this.#budget.usedBytes,
      skipsAnnounced: () => this.#budget.announced,
    });
    this.feeds = new Feeds(
      options.owners,
      {
        started: (feed, gap) => this.#started(feed, gap),
        items: (feed, first, items) => this.#items(feed, first, items),
      },
      options.log,
      { nowMs: options.nowMs, turn: options.turn, orphansMs: options.bounds.orphansMs },
    );
  }

  /** Of clients. */
  get subscriptions(): number {
    let count = 0;
    for (const ofCache of this.#perCache.values()) count += ofCache;
    return count - this.subscriptionsOf(canaryCache);
  }

  /** With subscriptions of clients, now or just before. */
  get topics(): number {
    return this.#topics.size - this.#canaryTopics;
  }

  /** News from a link: feeds, replays. */
  received(from: LinkPort, batch: Pick<link.StorageBatch, 'feeds' | 'replays'>): void {
    const startMs = this.#options.nowMs();
    this.feeds.received(from, batch);
    if (!batch.feeds.some(({ items }) => items.length > 0)) return;
    this.#counts.seconds.observe((this.#options.nowMs() - startMs) / 1_000);
  }

  subscriptionsOf(cache: string): number {
    return this.#perCache.get(cache) ?? 0;
  }

  set heartbeatMs(intervalMs: number) {
    this.#wheel.intervalMs = intervalMs;
  }

  subscribe(name: TopicName, start: StartAt, sink: Sink): Subscription {
    const topic = this.#topicOf(name);
    const subscriber = new Subscriber(start, sink, this.#options.nowMs());
    this.#perCache.set(name.cache, this.subscriptionsOf(name.cache) + 1);
    topic.settling.add(subscriber);
    this.#unsettled.add(subscriber);
    subscriber.stopBeating = this.#wheel.add(subscriber);
    // The sink's owner has to have the subscription in hand before the first frame comes.
    queueMicrotask(() => this.#settle(topic, subscriber));
    return {
      drained: () => subscriber.drained(),
      position: () => subscriber.position(),
      close: () => this.#close(topic, subscriber),
    };
  }

  /** Ends every subscription of topics in caches that are not there (any more). */
  keepCaches(has: (cache: string) => boolean, refusal: (cache: string) => Refusal): void {
    for (const topic of [...this.#topics.values()]) {
      if (has(topic.name.cache)) continue;
      for (const subscriber of [...topic.live, ...topic.settling]) {
        this.#forget(topic, subscriber);
        subscriber.end(refusal(topic.name.cache));
      }
      this.#remove(topic);
    }
  }

  /** Heartbeats, lingering interest, and subscriptions that no owner has answered for. */
  tick(nowMs: number): void {
    this.#wheel.tick(nowMs);
    for (const topic of this.#idle) {
      if (nowMs - (topic.idleSinceMs ?? nowMs) < this.#options.bounds.lingerMs) break;
      this.#remove(topic);
    }
    for (const subscriber of this.#unsettled) {
      if (nowMs - subscriber.sinceMs < this.#options.bounds.settleMsMax) break;
      subscriber.greet();
      this.#unsettled.delete(subscriber);
    }
  }

  #topicOf(name: TopicName): Topic {
    const key = topicKey(name.cache, name.topic);
    let topic = this.#topics.get(key);
    if (!topic) {
      const { cache, topic: topicName } = name;
      const feed = this.feeds.want({ cache, topic: topicName });
      topic = {
        name: feed.name,
        feed,
        isCanary: cache === canaryCache,
        traffic: this.#options.traffic.of(cache),
        live: new Set(),
        settling: new Set(),
        replays: new Map(),
        idleSinceMs: undefined,
      };
      this.#topics.set(key, topic);
      if (topic.isCanary) this.#canaryTopics += 1;
      this.#byFeed.set(feed, topic);
    }
    topic.idleSinceMs = undefined;
    this.#idle.delete(topic);
    return topic;
  }

  /** The next step of one subscription towards its feed; called again whenever the feed starts. */
  #settle(topic: Topic, subscriber: Subscriber): void {
    const { feed } = topic;
    if (subscriber.closed || subscriber.live || !feed.position) return;
    const { orphans } = feed;
    const orphanedAfter =
      orphans && orphans.untilMs > this.#options.nowMs() ? orphans.after : undefined;
    const step = settle(subscriber.start, feed.position, this.resumeNewest, orphanedAfter);
    if (step.do === 'attach') return this.#attach(topic, subscriber, feed.position, undefined, []);
    if (feed.state.is !== 'live') return;
    const waiter = { subscriber, attempt: ++subscriber.attempt };
    const key = `${feed.state.id}/${step.page}/${step.fromSequence}`;
    const waiters = topic.replays.get(key);
    if (waiters) {
      waiters.push(waiter);
      return;
    }
    topic.replays.set(key, [waiter]);
    this.feeds.replay(feed, step, (result) => {
      const answered = topic.replays.get(key) ?? [];
      topic.replays.delete(key);
      // No answer: the feed was detached, and settles its subscriptions when it starts again.
      if (result) this.#replayed(topic, answered, step, result);
    });
  }

  #replayed(
    topic: Topic,
    waiters: readonly { readonly subscriber: Subscriber; readonly attempt: number }[],
    asked: { readonly fromSequence: number; readonly page: number },
    result: link.ReplayResult,
  ): void {
    const { missingAfter, start, end } = replayed(asked, result);
    const at = topic.feed.position;
    const isCurrent = at?.page === end.page && at.sequence === end.sequence;
    const { runBytesMax } = this.#options.bounds;
    const runs = isCurrent
      ? runsOf(result.page, result.firstSequence, result.items, runBytesMax)
      : [];
    for (const { subscriber, attempt } of waiters) {
      if (subscriber.closed || subscriber.live || attempt !== subscriber.attempt) continue;
      if (isCurrent) this.#attach(topic, subscriber, start, missingAfter, runs);
      else this.#settle(topic, subscriber);
    }
  }

  #attach(
    topic: Topic,
    subscriber: Subscriber,
    from: Position,
    known: number | undefined,
    replay: readonly Run[],
  ): void {
    // It counts as subscribed since before an owner could say where the topic stood.
    const isLate = subscriber.start.from === 'unknown' || subscriber.greeted;
    const knowsNothing = subscriber.start.from === 'unknown' || subscriber.start.from === 'now';
    const missingAfter = isLate && knowsNothing && from.sequence > 0 ? 0 : known;
    topic.settling.delete(subscriber);
    this.#unsettled.delete(subscriber);
    topic.live.add(subscriber);
    subscriber.attach(from, missingAfter, this.#options.bounds.outboxBytesMax, this.#budget);
    for (const run of replay) {
      const delivery = subscriber.offerReplay(run);
      if (topic.isCanary) continue;
      if (delivery === 'delivered') this.#counts.replayedItems += run.items;
      else this.#counts.skippedItems[delivery] += run.items;
    }
    if (missingAfter !== undefined && !topic.isCanary) this.#counts.gaps.resume += 1;
  }

  #started(feed: Feed, gap: boolean): void {
    const topic = this.#byFeed.get(feed);
    if (!topic || !feed.position) return;
    if (gap) {
      for (const subscriber of topic.live) subscriber.gap(feed.position);
      if (!topic.isCanary) this.#counts.gaps.feed += topic.live.size;
    }
    for (const subscriber of [...topic.settling]) this.#settle(topic, subscriber);
  }

  #items(feed: Feed, firstSequence: number, items: readonly Uint8Array[]): void {
    const topic = this.#byFeed.get(feed);
    if (!topic || !feed.position || topic.live.size === 0) return;
    const { runBytesMax } = this.#options.bounds;
    const { traffic } = topic;
    for (const run of runsOf(feed.position.page, firstSequence, items, runBytesMax)) {
      let delivered = 0;
      for (const subscriber of topic.live) {
        const delivery = subscriber.offer(run);
        if (delivery === 'delivered') delivered += 1;
        else if (!topic.isCanary) this.#counts.skippedItems[delivery] += run.items;
      }
      traffic.deliveredItems += delivered * run.items;
      traffic.deliveredBytes += delivered * run.frame.bytes.length;
    }
  }

  #close(topic: Topic, subscriber: Subscriber): void {
    if (subscriber.closed) return;
    this.#forget(topic, subscriber);
    subscriber.close();
    if (topic.live.size + topic.settling.size > 0) return;
    topic.idleSinceMs = this.#options.nowMs();
    this.#idle.add(topic);
  }

  #forget(topic: Topic, subscriber: Subscriber): void {
    topic.live.delete(subscriber);
    topic.settling.delete(subscriber);
    this.#unsettled.delete(subscriber);
    const { cache } = topic.name;
    const left = this.subscriptionsOf(cache) - 1;
    if (left > 0) this.#perCache.set(cache, left);
    else this.#perCache.delete(cache);
  }

  #remove(topic: Topic): void {
    this.#idle.delete(topic);
    if (topic.isCanary) this.#canaryTopics -= 1;
    this.#byFeed.delete(topic.feed);
    this.#topics.delete(topicKey(topic.name.cache, topic.name.topic));
    this.feeds.unwant(topic.feed);
  }
}
