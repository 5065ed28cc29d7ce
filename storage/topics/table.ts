import { topicNameProblem } from '../../topology/index.ts';
import { Leaving } from './leaving.ts';
import type { Arrivals, Owner } from './owner.ts';
import { Pages } from './pages.ts';
import { Recency } from './recency.ts';
import { type Inherited, Topic } from './topic.ts';

/**
 * moved: not owned here. invalid: not a name. exhausted: no room for another topic, try later. waits: this is its heir,
 * and its state may still come.
 */
export type NoTopic = 'moved' | 'invalid' | 'exhausted' | 'waits';

export interface TableOptions {
  readonly owner: Owner;
  readonly arrivals: Arrivals;
  readonly topicsMax: number;
  /** A full table makes room by evicting a topic that was idle for this long, however long it may stay otherwise. */
  readonly evictableAfterMs: number;
  /** A topic is gone from the table, evicted or no longer owned. */
  readonly onGone: (topic: Topic) => void;
}

/** Some 20 us each: a publish waits for it. */
const evictionLooksMax = 50;
const EVICTION_PAUSE_MS = 100;

/** All topics of this process: looked up, created, evicted. What is found is owned. */
export class TopicTable {
  readonly #owner: Owner;
  readonly #options: TableOptions;
  readonly #pages: Pages;
  /** What is handed over to others. */
  readonly leaving = new Leaving();
  readonly #caches = new Map<string, Map<string, Topic>>();
  readonly #idle = new Recency<Topic>();
  #size = 0;
  #evicted = 0;
  #lost = 0;
  /** No topic was found in a move that may be evicted; until then nobody looks again. */
  #keepsAllUntilMs = 0;
  #audit: Iterator<Topic> | undefined;
  #auditGeneration = -1;

  constructor(options: TableOptions) {
    this.#options = options;
    this.#owner = options.owner;
    this.#pages = new Pages(options.owner);
  }

  get size(): number {
    return this.#size;
  }

  sizeOf(cache: string): number {
    return this.#caches.get(cache)?.size ?? 0;
  }

  /** Since the start. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Topics that were to be handed over when others were made their owners, since the start. */
  get lost(): number {
    return this.#lost;
  }

  /**
   * The topic, created if need be. The hash that tells the owner is computed only then, and once after each change
   * of the topology that may move topics.
   */
  open(cache: string, name: string, nowMs: number): Topic | NoTopic {
    const topic = this.#caches.get(cache)?.get(name);
    if (!topic) return this.#create(cache, name, nowMs);
    if (topic.generation === this.#owner.generation) return topic;
    return this.#verify(topic) ? topic : this.#create(cache, name, nowMs);
  }

  /** To be called when a topic without feeds is used, and when the last feed has left. */
  touch(topic: Topic, nowMs: number): void {
    topic.activeMs = nowMs;
    if (topic.feeds.length === 0) this.#idle.touch(topic.idlePlace);
  }

  /** To be called when a topic has a feed: it isn't evicted from now on. */
  keep(topic: Topic): void {
    this.#idle.remove(topic.idlePlace);
  }

  /** Evicts up to `evictionsMax` topics that were idle for `idleMsMax`. True: there may be more. */
  sweep(nowMs: number, idleMsMax: number, evictionsMax: number): boolean {
    for (let done = 0; done < evictionsMax; done++) {
      if (!this.#evictOldest(nowMs, idleMsMax)) return false;
    }
    return true;
  }

  /**
   * Looks through up to `topicsMax` topics for those that moved away with the latest topology, and drops them.
   * True: there may be more. Until it has passed by, a topic that moved is dropped when it is next opened.
   */
  audit(topicsMax: number): boolean {
    if (this.#auditGeneration !== this.#owner.generation) {
      this.#auditGeneration = this.#owner.generation;
      this.#audit = this.#all();
    }
    for (let done = 0; this.#audit && done < topicsMax; done++) {
      const { value, done: end } = this.#audit.next();
      if (end) {
        this.#audit = undefined;
      } else if (value.generation !== this.#auditGeneration) {
        // One that missed several topologies is judged by each.
        done += this.#auditGeneration - value.generation - 1;
        this.#verify(value);
      }
    }
    return this.#audit !== undefined;
  }

  /**
   * Takes a topic that another storage node handed over, to go on with it on its page. held: it is here already, and may
   * have gone on. exhausted: no room; when it is begun here, then on a larger page.
   */
  inherit(
    cache: string,
    name: string,
    page: number,
    state: Inherited,
    nowMs: number,
  ): Topic | 'held' | 'exhausted' {
    if (this.#held(cache, name)) return 'held';
    if (this.#size >= this.#options.topicsMax && !this.#makeRoom(nowMs)) {
      this.#pages.leaveBehind(page);
      return 'exhausted';
    }
    return this.#add(new Topic(cache, name, page, this.#owner.generation, nowMs, state));
  }

  /** Does not take it: when the topic is begun here, then on a larger page. */
  disinherit(cache: string, name: string, page: number): void {
    if (!this.#held(cache, name)) this.#pages.leaveBehind(page);
  }

  /** Gives up a topic that is handed over; its feeds are told. */
  release(topic: Topic): void {
    this.#drop(topic);
  }

  #held(cache: string, name: string): Topic | undefined {
    const topic = this.#caches.get(cache)?.get(name);
    if (!topic || topic.generation === this.#owner.generation) return topic;
    return this.#verify(topic) ? topic : undefined;
  }

  #create(cache: string, name: string, nowMs: number): Topic | NoTopic {
    if (!this.#owner.settings) return 'moved';
    if (topicNameProblem(name) !== undefined) return 'invalid';
    const role = this.#owner.role(cache, name);
    switch (role.is) {
      case 'others':
        return 'moved';
      case 'leaving':
        if (!this.leaving.mayBegin(cache, name, role.to)) return 'moved';
        break;
      case 'coming':
        if (this.#options.arrivals.mayCome(role.from, cache, name)) return 'waits';
        break;
      case 'mine':
        break;
    }
    if (this.#size >= this.#options.topicsMax) {
      if (!this.#makeRoom(nowMs)) return 'exhausted';
    }
    const page = this.#pages.current();
    const topic = this.#add(new Topic(cache, name, page, this.#owner.generation, nowMs));
    if (role.is === 'leaving') this.leaving.add(topic, role.to);
    return topic;
  }

  #add(topic: Topic): Topic {
    let topics = this.#caches.get(topic.cache);
    if (!topics) {
      topics = new Map();
      this.#caches.set(topic.cache, topics);
    }
    topics.set(topic.name, topic);
    this.#size += 1;
    this.#idle.touch(topic.idlePlace);
    return topic;
  }

  #evictOldest(nowMs: number, idleMsMax: number): boolean {
    if (this.#owner.moving) return false;
    const oldest = this.#idle.oldest();
    return oldest !== undefined && this.#evict(oldest, nowMs, idleMsMax);
  }

  #evict(topic: Topic, nowMs: number, idleMsMax: number): boolean {
    if (nowMs - topic.activeMs < idleMsMax) return false;
    if (!this.#pages.leaveBehind(topic.page)) return false;
    this.#evicted += 1;
    this.#drop(topic);
    return true;
  }

  /**
   * In a move, only what isn't part of it: of a topic that was handed over, a copy may come late and bring its old page
   * back. Of those idle for longest a few are looked at, and when none may go, not again for a while.
   */
  #makeRoom(nowMs: number): boolean {
    const { evictableAfterMs } = this.#options;
    if (!this.#owner.moving) return this.#evictOldest(nowMs, evictableAfterMs);
    if (nowMs < this.#keepsAllUntilMs) return false;
    let looks = 0;
    for (const topic of this.#idle) {
      if (nowMs - topic.activeMs < evictableAfterMs || looks === evictionLooksMax) break;
      looks += 1;
      const { is } = this.#owner.role(topic.cache, topic.name);
      if (is === 'mine') return this.#evict(topic, nowMs, evictableAfterMs);
    }
    this.#keepsAllUntilMs = nowMs + EVICTION_PAUSE_MS;
    return false;
  }

  /** Whether it is still the same topic, in all later generations; it is dropped otherwise. */
  #verify(topic: Topic): boolean {
    const { cache, name } = topic;
    const { generation } = this.#owner;
    while (topic.generation < generation) {
      const role = this.#owner.roleAt(topic.generation + 1, cache, name);
      if (role.is === 'others') {
        // It was to be handed over, and wasn't.
        if (this.#owner.roleAt(topic.generation, cache, name).is === 'leaving') this.#lost += 1;
        this.#drop(topic);
        return false;
      }
      topic.generation += 1;
      if (topic.generation === generation && role.is === 'leaving') {
        this.leaving.add(topic, role.to);
      }
    }
    return true;
  }

  #drop(topic: Topic): void {
    const topics = this.#caches.get(topic.cache);
    topics?.delete(topic.name);
    if (topics?.size === 0) this.#caches.delete(topic.cache);
    this.#idle.remove(topic.idlePlace);
    this.#size -= 1;
    this.#options.onGone(topic);
    topic.dropFeeds();
  }

  *#all(): Generator<Topic> {
    for (const topics of this.#caches.values()) yield* topics.values();
  }
}
