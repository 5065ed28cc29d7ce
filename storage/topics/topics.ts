import { isUtf8 } from 'node:buffer';
import { link } from '../../proto/index.ts';
import { canaryCache } from '../../topology/index.ts';
import type { Content } from '../sequencer/index.ts';
import { Moving } from './moving.ts';
import { OrphanMarks } from './orphans.ts';
import type { Arrivals, Owner, TopicSettings } from './owner.ts';
import { newestWithin, replayStart } from './replay.ts';
import { Retention } from './retention.ts';
import { type NoTopic, TopicTable } from './table.ts';
import type { Feed, Topic } from './topic.ts';

export interface TopicsBounds {
  readonly topicsMax: number;
  /** Of all histories together, with what items cost beside their bytes. */
  readonly historyTotalBytesMax: number;
  /** UTF-16 units. */
  readonly publisherIdLengthMax: number;
  /** How long clients of a router that went may take to come back. */
  readonly orphansMs: number;
  /** A full table evicts topics without interest that were idle for this long. */
  readonly evictableAfterMs: number;
}

export interface PublishRequest extends Content {
  readonly cache: string;
  readonly topic: string;
}

export interface Published {
  /** UNSPECIFIED: nothing was done and nothing is to be answered yet; this is the heir, and the topic may still come. */
  readonly outcome: link.Outcome;
  /** 0 unless accepted. */
  readonly page: number;
  readonly sequence: number;
}

/** Where a feed starts: the next item it gets, or reads from the topic's history, is `sequence`. */
export interface Attached {
  readonly topic: Topic;
  readonly sequence: number;
  /** Clients of a router that went may come back for what came after this one. */
  readonly orphanedAfter: number | undefined;
}

export interface Replayed {
  readonly outcome: link.Outcome;
  readonly page: number;
  /** Of items[0]; of the next item to come when there are none. */
  readonly firstSequence: number;
  readonly items: Uint8Array[];
}

/** Since the start. */
export interface TopicsCounts {
  /** Of clients. */
  accepted: number;
  acceptedBytes: number;
  /** Accepted, of routers' canaries. */
  canaries: number;
  moved: number;
  exhausted: number;
  invalid: number;
}

const { ACCEPTED, MOVED, EXHAUSTED, INVALID, UNSPECIFIED } = link.Outcome;
const refusals: Readonly<Record<NoTopic, Published>> = {
  moved: { outcome: MOVED, page: 0, sequence: 0 },
  exhausted: { outcome: EXHAUSTED, page: 0, sequence: 0 },
  invalid: { outcome: INVALID, page: 0, sequence: 0 },
  waits: { outcome: UNSPECIFIED, page: 0, sequence: 0 },
};

/** What a pass over the topics does at most before it lets others work. */
const sweepTopicsMax = 20_000;
/** An audit hashes each topic once or twice, some 10 us: a pass holds others up for a few ms. */
export const auditTopicsMax = 500;

/**
 * All that this process does with topics: takes publishes, hands items to feeds, reads histories. Time comes with
 * every call, monotonic. Memory is bounded by `TopicsBounds` whatever routers ask.
 */
export class Topics {
  readonly counts: TopicsCounts = {
    accepted: 0,
    acceptedBytes: 0,
    canaries: 0,
    moved: 0,
    exhausted: 0,
    invalid: 0,
  };
  readonly #owner: Owner;
  readonly #bounds: TopicsBounds;
  readonly #table: TopicTable;
  readonly #retention: Retention;
  readonly #marks: OrphanMarks;
  /** What is handed over. */
  readonly moving: Moving;
  #refusedForRoom = false;
  #held = false;

  constructor(owner: Owner, bounds: TopicsBounds, arrivals: Arrivals) {
    this.#owner = owner;
    this.#bounds = bounds;
    this.#retention = new Retention(bounds.historyTotalBytesMax);
    this.#marks = new OrphanMarks(bounds.orphansMs);
    this.#table = new TopicTable({
      owner,
      arrivals,
      topicsMax: bounds.topicsMax,
      evictableAfterMs: bounds.evictableAfterMs,
      onGone: (topic) => {
        this.#retention.forget(topic);
        this.#marks.forget(topic);
      },
    });
    this.moving = new Moving(owner, this.#table, this.#retention, this.#marks);
  }

  get size(): number {
    return this.#table.size;
  }

  /** Without those of canaries. */
  get clientTopics(): number {
    return this.#table.size - this.#table.sizeOf(canaryCache);
  }

  get evicted(): number {
    return this.#table.evicted;
  }

  /** Topics that were to be handed over when others were made their owners, since the start. */
  get lost(): number {
    return this.#table.lost;
  }

  /** Topics that clients are expected back to. */
  get marked(): number {
    return this.#marks.size;
  }

  get historyBytes(): number {
    return this.#retention.bytes;
  }

  /** Keeps everything and serves nothing, as if all of it were others', until `serve`. */
  hold(): void {
    this.#held = true;
  }

  serve(): void {
    this.#held = false;
  }

  /** Numbers, keeps and hands out one item, or says why nothing was done. */
  publish(request: PublishRequest, nowMs: number): Published {
    const settings = this.#owner.settings;
    if (!settings || this.#held) return this.#refuse('moved');
    if (!this.#isSound(request, settings)) return this.#refuse('invalid');
    const topic = this.#table.open(request.cache, request.topic, nowMs);
    if (typeof topic === 'string') return this.#refuse(topic);

    const item = topic.sequencer.next(request, nowMs);
    const sequence = topic.sequencer.head;
    this.#retention.append(topic, item, nowMs, settings.history);
    this.#table.touch(topic, nowMs);
    for (const feed of topic.feeds) feed.item(sequence, item);
    if (topic.isCanary) this.counts.canaries += 1;
    else {
      this.counts.accepted += 1;
      this.counts.acceptedBytes += request.payload.length;
    }
    return { outcome: ACCEPTED, page: topic.page, sequence };
  }

  /**
   * Starts a feed where the router stands: `page` and the next sequence it lacks, 0/0 for "from now". What is not to
   * be had exactly starts with the oldest retained item. moved: not owned, no name, or no room. waits: this is the
   * heir, and the topic may still come.
   */
  attach(
    cache: string,
    name: string,
    page: number,
    nextSequence: number,
    feed: Feed,
    nowMs: number,
  ): Attached | 'moved' | 'waits' {
    const topic = this.#read(cache, name, nowMs);
    if (typeof topic === 'string') return topic === 'waits' ? topic : 'moved';
    topic.addFeed(feed);
    this.#table.keep(topic);
    this.#marks.attached(topic, feed);
    const { first, end } = topic.history;
    const orphanedAfter = this.#marks.after(topic, nowMs);
    if (page === 0 && nextSequence === 0) return { topic, sequence: end, orphanedAfter };
    const held = page === topic.page && nextSequence >= first && nextSequence <= end;
    return { topic, sequence: held ? nextSequence : first, orphanedAfter };
  }

  /** A router with interest in the topic is lost, or leaves, since `sinceMs`. Its clients come back elsewhere. */
  orphan(topic: Topic, from: Feed, sinceMs: number, nowMs: number): void {
    this.#marks.expect(topic, from, sinceMs, nowMs);
  }

  /**
   * The same for a topic that was waited for: it is expected since `sinceMs`, until `untilMs`. False: it may still come,
   * and the mark has to wait for it.
   */
  orphanArrived(
    cache: string,
    name: string,
    since: { readonly sinceMs: number; readonly untilMs: number },
    nowMs: number,
  ): boolean {
    if (since.untilMs <= nowMs) return true;
    const topic = this.#read(cache, name, nowMs);
    if (topic === 'waits') return false;
    if (typeof topic === 'string') return true;
    this.#marks.expectUntil(topic, undefined, since.sinceMs, since.untilMs, nowMs);
    return true;
  }

  /** A router, name/incarnation, has one more link. */
  routerCame(router: string): void {
    this.#marks.routerCame(router);
  }

  /** It has one less. */
  routerWent(router: string, nowMs: number): void {
    this.#marks.routerWent(router, nowMs);
  }

  detach(topic: Topic, feed: Feed, nowMs: number): void {
    const before = topic.feeds;
    topic.removeFeed(feed);
    if (before.length > 0 && topic.feeds.length === 0) this.#table.touch(topic, nowMs);
  }

  /**
   * Items of the past: from `fromSequence` if that is held, else all; 0: the newest only. Of more than `bytesMax`,
   * the newest that fit.
   */
  replay(
    cache: string,
    name: string,
    page: number,
    fromSequence: number,
    bytesMax: number,
    nowMs: number,
  ): Replayed {
    const topic = this.#read(cache, name, nowMs);
    if (typeof topic === 'string') {
      return { outcome: MOVED, page: 0, firstSequence: 0, items: [] };
    }
    if (topic.feeds.length === 0) this.#table.touch(topic, nowMs);
    const { history } = topic;
    const items = history.from(replayStart(topic, page, fromSequence));
    const fitting = newestWithin(items, bytesMax);
    return {
      outcome: ACCEPTED,
      page: topic.page,
      firstSequence: history.end - fitting.length,
      items: fitting,
    };
  }

  /** Makes the age of what `topic` retains hold; to be called before its history is read. */
  trim(topic: Topic, nowMs: number): void {
    const settings = this.#owner.settings;
    if (settings) this.#retention.trim(topic, nowMs, settings.history);
  }

  /** Applies a changed topology's bounds of history to all topics at once. */
  rebound(nowMs: number): void {
    const settings = this.#owner.settings;
    if (settings) this.#retention.trimAll(nowMs, settings.history);
  }

  /** Drops what moved away with the latest topology. True: there is more, call again soon. */
  audit(): boolean {
    return this.#table.audit(auditTopicsMax);
  }

  /** Releases what is past its age and evicts idle topics. True: there is more, call again soon. */
  sweep(nowMs: number): boolean {
    const settings = this.#owner.settings;
    if (!settings) return false;
    const expiring = this.#retention.expire(nowMs, settings.history, sweepTopicsMax);
    const evicting = this.#table.sweep(nowMs, settings.idleMsMax, sweepTopicsMax);
    const pruning = this.#marks.sweep(nowMs, sweepTopicsMax);
    return expiring || evicting || pruning;
  }

  /** True, once, when topics were refused for want of room and there is room again. */
  takeRoomNotice(): boolean {
    if (!this.#refusedForRoom || this.#table.size >= this.#bounds.topicsMax) return false;
    this.#refusedForRoom = false;
    return true;
  }

  #read(cache: string, name: string, nowMs: number): Topic | NoTopic {
    if (this.#held) return 'moved';
    const topic = this.#table.open(cache, name, nowMs);
    if (topic === 'exhausted') this.#refusedForRoom = true;
    if (typeof topic !== 'string') this.trim(topic, nowMs);
    return topic;
  }

  #isSound({ payload, text, publisherId }: PublishRequest, settings: TopicSettings): boolean {
    return (
      payload.length <= settings.messageBytesMax &&
      publisherId.length <= this.#bounds.publisherIdLengthMax &&
      (!text || isUtf8(payload))
    );
  }

  #refuse(why: NoTopic): Published {
    if (why !== 'waits') this.counts[why] += 1;
    if (why === 'exhausted') this.#refusedForRoom = true;
    return refusals[why];
  }
}
