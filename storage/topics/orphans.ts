import type { Feed, Orphans, Topic } from './topic.ts';

/** Of one topic. Beyond it the latest two count as one. */
const marksMax = 8;
/** Routers of one topic that it is handed over with: those that weren't heard for longest. */
const doubtsMax = 32;

/**
 * Clients that come back to another router than they were at, and what they are to go on after
 * (docs/adr/0011). A mark that names a router is a doubt: nobody is expected unless that router turns out to be gone.
 */
export class OrphanMarks {
  readonly #orphansMs: number;
  /** Topics with marks, the one that was marked last at the end. */
  readonly #marked = new Set<Topic>();
  /** Routers that have links here, and how many. */
  readonly #routers = new Map<string, number>();

  constructor(orphansMs: number) {
    this.#orphansMs = orphansMs;
  }

  /** Topics that have marks, some of them past their time. */
  get size(): number {
    return this.#marked.size;
  }

  /** Where the first of those who are expected back may have been. */
  after({ orphans }: Topic, nowMs: number): number | undefined {
    let after: number | undefined;
    for (const mark of orphans) {
      if (mark.untilMs <= nowMs || mark.router !== '') continue;
      after = Math.min(after ?? mark.after, mark.after);
    }
    return after;
  }

  /** Clients of a router are expected back, for what came since; feeds of others are told. */
  expect(topic: Topic, from: Feed | undefined, sinceMs: number, nowMs: number): void {
    this.expectUntil(topic, from, sinceMs, nowMs + this.#orphansMs, nowMs);
  }

  expectUntil(
    topic: Topic,
    from: Feed | undefined,
    sinceMs: number,
    untilMs: number,
    nowMs: number,
  ): void {
    const mark = { after: topic.history.firstSince(sinceMs) - 1, untilMs, router: '' };
    this.#add(topic, mark, nowMs);
    this.#tell(topic, from, nowMs);
  }

  /** The topic goes to its heir: routers that weren't heard since may be gone, and nobody would notice there. */
  doubt(topic: Topic, nowMs: number): void {
    const feeds = topic.feeds.map((feed) => ({ router: feed.router, sureMs: feed.sureMs() }));
    if (feeds.length > doubtsMax) feeds.sort((a, b) => a.sureMs - b.sureMs).splice(doubtsMax);
    const untilMs = nowMs + this.#orphansMs;
    for (const { router, sureMs } of feeds) {
      this.#add(topic, { after: topic.history.firstSince(sureMs) - 1, untilMs, router }, nowMs);
    }
  }

  /** Takes the marks that a topic comes with. Routers without a link here are taken to be gone. */
  inherit(topic: Topic, marks: readonly Orphans[], nowMs: number): void {
    for (const mark of marks) {
      const router = this.#routers.has(mark.router) ? mark.router : '';
      this.#add(topic, { ...mark, router }, nowMs);
    }
  }

  /** A router has a feed of the topic: it is there, and so are its clients. */
  attached(topic: Topic, { router }: Feed): void {
    if (topic.orphans.length === 0) return;
    this.#set(
      topic,
      topic.orphans.filter((mark) => mark.router === '' || mark.router !== router),
    );
  }

  routerCame(router: string): void {
    this.#routers.set(router, (this.#routers.get(router) ?? 0) + 1);
  }

  /** Its last link is gone: what was in doubt is so. */
  routerWent(router: string, nowMs: number): void {
    const links = (this.#routers.get(router) ?? 0) - 1;
    if (links > 0) {
      this.#routers.set(router, links);
      return;
    }
    this.#routers.delete(router);
    for (const topic of this.#marked) {
      if (!topic.orphans.some((mark) => mark.router === router)) continue;
      topic.orphans = topic.orphans.map((mark) =>
        mark.router === router ? { ...mark, router: '' } : mark,
      );
      this.#tell(topic, undefined, nowMs);
    }
  }

  /** Releases the marks of up to `topicsMax` topics whose time is over. True: there may be more. */
  sweep(nowMs: number, topicsMax: number): boolean {
    let done = 0;
    for (const topic of this.#marked) {
      if (topic.orphans.some(({ untilMs }) => untilMs > nowMs)) return false;
      if (done === topicsMax) return true;
      done += 1;
      this.#set(topic, []);
    }
    return false;
  }

  forget(topic: Topic): void {
    this.#marked.delete(topic);
  }

  #tell(topic: Topic, from: Feed | undefined, nowMs: number): void {
    const after = this.after(topic, nowMs);
    if (after === undefined) return;
    for (const feed of topic.feeds) if (feed !== from) feed.orphaned(after);
  }

  #add(topic: Topic, mark: Orphans, nowMs: number): void {
    const left = topic.orphans.filter(({ untilMs }) => untilMs > nowMs);
    const last = left.findLastIndex(({ router }) => router === '');
    const isFull = left.filter(({ router }) => router === '').length >= marksMax;
    const before = left[last];
    if (mark.router === '' && isFull && before) {
      left[last] = {
        after: Math.min(before.after, mark.after),
        untilMs: Math.max(before.untilMs, mark.untilMs),
        router: '',
      };
    } else left.push(mark);
    this.#marked.delete(topic);
    this.#set(topic, left);
  }

  #set(topic: Topic, marks: readonly Orphans[]): void {
    topic.orphans = marks.length === 0 ? none : marks;
    if (marks.length === 0) this.#marked.delete(topic);
    else this.#marked.add(topic);
  }
}

const none: readonly Orphans[] = [];
