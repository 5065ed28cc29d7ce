import type { link, topo } from '../../proto/index.ts';
import type { Topics } from '../topics/index.ts';
import type { LinkBounds } from './bounds.ts';
import type { LinkFeed } from './feed.ts';

/** A batch, and what it weighs until it is written. */
export interface Taken {
  readonly batch: link.StorageBatch;
  readonly bytes: number;
  /** Of feeds. */
  readonly items: number;
  /** Those among them that are of canaries. */
  readonly canaryItems: number;
}

/** What an item, an answer or a note is taken to cost beside the bytes of its items and names. */
const ENTRY_BYTES = 64;

/**
 * What one link has to say and hasn't said yet. Live items and answers are collected; what is read from histories
 * (feeds that catch up, replays) is only noted, and read when a batch is taken. So a router that asks for much of the
 * past costs no memory until it reads.
 */
export class Outgoing {
  readonly #topics: Topics;
  readonly #bounds: LinkBounds;
  readonly #onPending: () => void;
  #welcome: link.Welcome | undefined;
  #version: topo.Version | undefined;
  #topology: topo.Topology | undefined;
  #results: link.PublishResult[] = [];
  #feeds: LinkFeed[] = [];
  #catchingUp = new Set<LinkFeed>();
  #replays: link.Replay[] = [];
  #handoffs: link.Handoff[] = [];
  #handoffResults: link.HandoffResult[] = [];
  /** Of what the next batch takes in any case. */
  #collectedBytes = 0;
  /** Of replays not answered yet. */
  #askedBytes = 0;
  #pending = false;
  #closed = false;

  /** @param onPending called when there is something to say after there was nothing, and when a batch is full. */
  constructor(topics: Topics, bounds: LinkBounds, onPending: () => void) {
    this.#topics = topics;
    this.#bounds = bounds;
    this.#onPending = onPending;
  }

  /** There is something to say. */
  get pending(): boolean {
    return this.#pending;
  }

  /** What is collected weighs. */
  get bytes(): number {
    return this.#collectedBytes + this.#askedBytes;
  }

  welcome(welcome: link.Welcome): void {
    this.#welcome = welcome;
    this.#add(ENTRY_BYTES);
  }

  version(version: topo.Version): void {
    this.#version = version;
    this.#add(ENTRY_BYTES);
  }

  topology(topology: topo.Topology): void {
    this.#topology = topology;
    this.#add(ENTRY_BYTES * (topology.storage.length + topology.caches.length));
  }

  result(result: link.PublishResult): void {
    this.#results.push(result);
    this.#add(ENTRY_BYTES);
  }

  replay(replay: link.Replay): void {
    this.#replays.push(replay);
    this.#askedBytes += replayBytes(replay);
    this.#add(0);
  }

  /** @param bytes what it weighs */
  handoff(handoff: link.Handoff, bytes: number): void {
    this.#handoffs.push(handoff);
    this.#add(bytes);
  }

  handoffResult(result: link.HandoffResult): void {
    this.#handoffResults.push(result);
    this.#add(ENTRY_BYTES);
  }

  /** The feed starts at `feed.next`; what history holds from there on goes first. */
  start(feed: LinkFeed, position: link.Position, catchingUp: boolean): void {
    this.#update(feed).start = position;
    if (catchingUp) this.#catchingUp.add(feed);
    this.#add(ENTRY_BYTES);
  }

  item(feed: LinkFeed, sequence: number, item: Uint8Array): void {
    if (this.#closed) return;
    const update = this.#update(feed);
    if (update.items.length === 0) {
      update.firstSequence = sequence;
      // Most updates stay with one item; an array that was pushed to has room for 17.
      update.items = [item];
    } else {
      update.items.push(item);
    }
    this.#add(ENTRY_BYTES + item.length);
  }

  orphaned(feed: LinkFeed, after: link.Position): void {
    this.#update(feed).orphanedAfter = after;
    this.#add(ENTRY_BYTES);
  }

  moved(feed: LinkFeed): void {
    this.#catchingUp.delete(feed);
    this.#update(feed).moved = true;
    this.#add(ENTRY_BYTES);
  }

  /** It moved, and what was collected for it isn't said. */
  cut(feed: LinkFeed): void {
    const { update } = feed;
    if (update) {
      for (const item of update.items) this.#collectedBytes -= ENTRY_BYTES + item.length;
      update.items = [];
      update.start = undefined;
      update.orphanedAfter = undefined;
    }
    this.moved(feed);
  }

  /** Nothing more is said of this feed; what is already written may still arrive. */
  forget(feed: LinkFeed): void {
    this.#catchingUp.delete(feed);
    for (const item of feed.update?.items ?? []) this.#collectedBytes -= ENTRY_BYTES + item.length;
    feed.update = undefined;
  }

  /**
   * The next batch: everything collected, then of the past as much as makes it full. Replays are answered when every
   * feed has caught up, so that an answer ends where the topic's feed stands at the end of its batch.
   */
  take(nowMs: number): Taken {
    const feeds: link.FeedUpdate[] = [];
    for (const { update } of this.#feeds) if (update) feeds.push(update);
    const batch: link.StorageBatch = {
      welcome: this.#welcome,
      version: this.#version,
      results: this.#results,
      feeds,
      replays: [],
      handoffs: this.#handoffs,
      handoffResults: this.#handoffResults,
      topology: this.#topology,
    };
    const caughtUpBytes = this.#catchUp(feeds, this.#collectedBytes, nowMs);
    let canaryItems = 0;
    for (const feed of this.#feeds) {
      const items = feed.update?.items.length ?? 0;
      if (items > 0 && feed.topic.isCanary) canaryItems += items;
      feed.update = undefined;
    }
    const bytes = this.#answerReplays(batch.replays, caughtUpBytes, nowMs);

    this.#welcome = undefined;
    this.#version = undefined;
    this.#topology = undefined;
    this.#results = [];
    this.#feeds = [];
    this.#handoffs = [];
    this.#handoffResults = [];
    this.#collectedBytes = 0;
    this.#pending = this.#catchingUp.size > 0 || this.#replays.length > 0;
    const items = feeds.reduce((sum, update) => sum + update.items.length, 0);
    return { batch, bytes, items, canaryItems };
  }

  /** Releases everything; nothing is collected from here on. */
  close(): void {
    this.#closed = true;
    this.#pending = false;
    this.#collectedBytes = 0;
    this.#askedBytes = 0;
    this.#topology = undefined;
    this.#results = [];
    this.#feeds = [];
    this.#replays = [];
    this.#handoffs = [];
    this.#handoffResults = [];
    this.#catchingUp.clear();
  }

  #catchUp(feeds: link.FeedUpdate[], bytesBefore: number, nowMs: number): number {
    let bytes = bytesBefore;
    for (const feed of this.#catchingUp) {
      if (bytes >= this.#bounds.batchBytesMax) break;
      const { topic } = feed;
      const { history } = topic;
      this.#topics.trim(topic, nowMs);
      let update = feed.update;
      if (!update) {
        update = feed.newUpdate();
        feeds.push(update);
        bytes += ENTRY_BYTES;
      }
      if (feed.next < history.first) {
        // Evicted while the router was reading slowly: the feed begins anew behind the gap.
        feed.next = history.first;
        update.start = { page: topic.page, sequence: feed.next };
      }
      const items = history.from(feed.next, this.#bounds.batchBytesMax - bytes);
      if (items.length > 0) update.firstSequence = feed.next;
      for (const item of items) {
        update.items.push(item);
        bytes += ENTRY_BYTES + item.length;
      }
      feed.next += items.length;
      feed.catchingUp = feed.next < history.end;
      if (!feed.catchingUp) this.#catchingUp.delete(feed);
    }
    return bytes;
  }

  #answerReplays(results: link.ReplayResult[], bytesBefore: number, nowMs: number): number {
    let bytes = bytesBefore;
    let answered = 0;
    const { batchBytesMax, replayBytesMax } = this.#bounds;
    for (const replay of this.#replays) {
      if (this.#catchingUp.size > 0 || bytes >= batchBytesMax) break;
      const { request, cache, topic, page, fromSequence } = replay;
      const replayed = this.#topics.replay(cache, topic, page, fromSequence, replayBytesMax, nowMs);
      results.push({ request, ...replayed });
      bytes += ENTRY_BYTES;
      for (const item of replayed.items) bytes += ENTRY_BYTES + item.length;
      this.#askedBytes -= replayBytes(replay);
      answered += 1;
    }
    if (answered > 0) this.#replays = this.#replays.slice(answered);
    return bytes;
  }

  #update(feed: LinkFeed): link.FeedUpdate {
    if (feed.update) return feed.update;
    const update = feed.newUpdate();
    feed.update = update;
    this.#feeds.push(feed);
    return update;
  }

  #add(bytes: number): void {
    if (this.#closed) return;
    this.#collectedBytes += bytes;
    if (this.#pending && this.#collectedBytes < this.#bounds.batchBytesMax) return;
    this.#pending = true;
    this.#onPending();
  }
}

function replayBytes({ cache, topic }: link.Replay): number {
  return ENTRY_BYTES + cache.length + topic.length;
}
