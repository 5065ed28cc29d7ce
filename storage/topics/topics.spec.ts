import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { link } from '../../proto/index.ts';
import { pageOf } from '../../topology/index.ts';
import { bounds, decodeItem } from '../testing/index.ts';
import {
  auditTopicsMax,
  type Feed,
  type Owner,
  type Role,
  Topics,
  type TopicsBounds,
} from './index.ts';

const { ACCEPTED, MOVED, EXHAUSTED, INVALID } = link.Outcome;

/** Owns what it is told to; counts how often it is asked. */
class TestOwner implements Owner {
  generation = 1;
  epoch = 1;
  asked = 0;
  lost = new Set<string>();
  settings: Owner['settings'] = {
    messageBytesMax: 1000,
    history: { itemsMax: 10, bytesMax: 10_000, ageMsMax: 10_000 },
    idleMsMax: 1000,
  };

  moving = false;

  role(cache: string, topic: string): Role {
    this.asked += 1;
    return { is: cache === 'c' && !this.lost.has(topic) ? 'mine' : 'others' };
  }

  roleAt(generation: number, cache: string, topic: string): Role {
    return generation === this.generation ? this.role(cache, topic) : { is: 'others' };
  }

  page(sweeps: number): number {
    return pageOf({ pageOrigin: 5, epoch: this.epoch, sweeps });
  }

  lose(...topics: string[]): void {
    for (const topic of topics) this.lost.add(topic);
    this.epoch += 1;
    this.generation += 1;
  }
}

class TestFeed implements Feed {
  readonly router = '';
  sureMs(): number {
    return 0;
  }
  readonly seen: number[] = [];
  gone = false;
  item(sequence: number): void {
    this.seen.push(sequence);
  }
  moved(): void {
    this.gone = true;
  }
  readonly orphanedAfter: number[] = [];
  orphaned(after: number): void {
    this.orphanedAfter.push(after);
  }
}

function start(change: Partial<TopicsBounds> = {}) {
  const owner = new TestOwner();
  const topics = new Topics(owner, bounds(change), { mayCome: () => false });
  const publish = (topic: string, nowMs = 0, bytes = 10) =>
    topics.publish(
      { cache: 'c', topic, payload: new Uint8Array(bytes), text: false, publisherId: '' },
      nowMs,
    );
  const attach = (topic: string, page = 0, next = 0, nowMs = 0) => {
    const feed = new TestFeed();
    const attached = topics.attach('c', topic, page, next, feed, nowMs);
    return { feed, attached: typeof attached === 'string' ? undefined : attached };
  };
  const replay = (topic: string, from: number, page = 0, nowMs = 0, bytesMax = 1_000_000) => {
    const { items, ...rest } = topics.replay('c', topic, page, from, bytesMax, nowMs);
    return { ...rest, sequences: items.map((item) => decodeItem(item).sequence) };
  };
  return { owner, topics, publish, attach, replay };
}

describe('a publish', () => {
  it('is numbered from 1 on the page of the epoch and given to every feed', () => {
    const { topics, publish, attach } = start();
    const { feed } = attach('t');
    expect(publish('t')).toEqual({ outcome: ACCEPTED, page: 6 * 2 ** 23, sequence: 1 });
    expect(publish('t').sequence).toBe(2);
    expect(publish('other').sequence).toBe(1);
    expect(feed.seen).toEqual([1, 2]);
    expect(topics.counts).toMatchObject({ accepted: 3, acceptedBytes: 30 });
  });

  it('asks for the owner once per topic', () => {
    const { owner, publish } = start();
    for (let turn = 0; turn < 10; turn++) publish('t');
    expect(owner.asked).toBe(1);
  });

  it('is MOVED without a topology, without the cache, and for a topic of another node', () => {
    const { owner, topics, publish } = start();
    owner.lose('theirs');
    expect(publish('theirs').outcome).toBe(MOVED);
    const request = { topic: 't', payload: new Uint8Array(1), text: false, publisherId: '' };
    expect(topics.publish({ ...request, cache: 'none' }, 0).outcome).toBe(MOVED);
    owner.settings = undefined;
    expect(publish('t').outcome).toBe(MOVED);
    expect(topics.counts.moved).toBe(3);
    expect(topics.size).toBe(0);
  });

  it.each([
    ['a payload over the limit', { payload: new Uint8Array(1001) }],
    ['text that is not UTF-8', { payload: Buffer.from([0xff]), text: true }],
    ['an endless publisher id', { publisherId: 'p'.repeat(1025) }],
    ['an empty name', { topic: '' }],
    ['a NUL in the name', { topic: 'a\u0000b' }],
    ['an over-long name', { topic: 'n'.repeat(1025) }],
  ])('is INVALID with %s', (_what, change) => {
    const { topics } = start();
    const sound = { cache: 'c', topic: 't', payload: new Uint8Array(1), text: false };
    const published = topics.publish({ ...sound, publisherId: '', ...change }, 0);
    expect(published.outcome).toBe(INVALID);
    expect(topics.counts.invalid).toBe(1);
    expect(topics.size).toBe(0);
  });

  it('takes bytes that are no UTF-8, and a payload of exactly the limit', () => {
    const { topics, publish } = start();
    const request = { cache: 'c', topic: 't', payload: Buffer.from([0xff]), text: false };
    expect(topics.publish({ ...request, publisherId: '' }, 0).outcome).toBe(ACCEPTED);
    expect(publish('t', 0, 1000).outcome).toBe(ACCEPTED);
  });

  it('reaches the feeds and can be replayed even when it is larger than a history may be', () => {
    const { owner, publish, attach, replay } = start();
    owner.settings = {
      messageBytesMax: 1000,
      history: { itemsMax: 10, bytesMax: 100, ageMsMax: 10_000 },
      idleMsMax: 1000,
    };
    const { feed } = attach('t');
    publish('t');
    publish('t', 0, 500);
    expect(feed.seen).toEqual([1, 2]);
    expect(replay('t', 1)).toMatchObject({ firstSequence: 2, sequences: [2] });
  });
});

describe('a topic whose router goes', () => {
  function lost() {
    const world = start();
    const { publish, attach } = world;
    const gone = attach('t');
    const other = attach('t');
    for (let atMs = 0; atMs < 1000; atMs += 100) publish('t', atMs);
    const orphan = (sinceMs: number, nowMs: number) => {
      if (gone.attached) world.topics.orphan(gone.attached.topic, gone.feed, sinceMs, nowMs);
    };
    return { ...world, gone, other, orphan };
  }

  it('goes on for its clients after what was published before it was last heard', () => {
    const { gone, other, orphan, attach } = lost();
    orphan(650, 900);
    expect(other.feed.orphanedAfter).toEqual([7]);
    expect(gone.feed.orphanedAfter).toEqual([]);
    expect(attach('t', 0, 0, 5_000).attached).toMatchObject({ sequence: 11, orphanedAfter: 7 });
  });

  it('forgets them in time', () => {
    const { orphan, attach } = lost();
    orphan(650, 900);
    expect(attach('t', 0, 0, 900 + 5_000).attached?.orphanedAfter).toBeUndefined();
  });

  it('counts from the first of several that go', () => {
    const { other, orphan } = lost();
    orphan(650, 900);
    orphan(1_000, 4_000);
    expect(other.feed.orphanedAfter).toEqual([7, 7]);
    orphan(20_000, 20_000);
    expect(other.feed.orphanedAfter).toEqual([7, 7, 10]);
  });
});

describe('an attachment', () => {
  it('from now starts with the next item', () => {
    const { publish, attach } = start();
    expect(attach('t').attached?.sequence).toBe(1);
    publish('t');
    expect(attach('t').attached?.sequence).toBe(2);
  });

  it.each([
    ['exactly where it is held', 0, 7, 7],
    ['at the oldest retained', 0, 6, 6],
    ['at the next item to come', 0, 16, 16],
    ['at the oldest retained when the position is evicted', 0, 3, 6],
    ['at the oldest retained when the position was never given out', 0, 17, 6],
    ['at the oldest retained when the page is another', 1, 7, 6],
  ])('by position starts %s', (_what, pageOff, next, expected) => {
    const { publish, attach } = start();
    const { page } = publish('t');
    for (let sequence = 2; sequence <= 15; sequence++) publish('t');
    expect(attach('t', page + pageOff, next).attached?.sequence).toBe(expected);
  });

  it('starts behind everything when nothing is retained any more', () => {
    const { publish, attach } = start();
    const { page } = publish('t');
    expect(attach('t', page, 1, 10_001).attached?.sequence).toBe(2);
  });

  it('is refused for a topic that is not owned', () => {
    const { owner, attach, topics } = start();
    owner.lose('t');
    expect(attach('t').attached).toBeUndefined();
    expect(topics.size).toBe(0);
  });

  it('ends: a feed that left gets nothing, also when it leaves while an item is given out', () => {
    const { topics, publish, attach } = start();
    const first = attach('t');
    const second = attach('t');
    first.feed.item = () => {
      if (second.attached) topics.detach(second.attached.topic, second.feed, 0);
    };
    const third = attach('t');
    publish('t');
    publish('t');
    expect(third.feed.seen).toEqual([1, 2]);
    expect(second.feed.seen).toEqual([1]);
  });
});

describe('a replay', () => {
  const filled = () => {
    const test = start();
    const { page } = test.publish('t');
    for (let sequence = 2; sequence <= 15; sequence++) test.publish('t');
    return { ...test, page };
  };
  const all = [6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

  it.each([
    ['from where it is held', 12, 0, [12, 13, 14, 15]],
    ['from the oldest retained when older is asked', 2, 0, all],
    ['nothing when the next to come is asked', 16, 0, []],
    ['everything when more than the next is asked', 17, 0, all],
    ['everything when the page is another', 12, 1, all],
    ['the newest when no position is asked', 0, 0, [15]],
  ])('gives %s', (_what, from, pageOff, sequences) => {
    const { replay, page } = filled();
    const replayed = replay('t', from, page + pageOff);
    expect(replayed).toMatchObject({ outcome: ACCEPTED, page, sequences });
    expect(replayed.firstSequence).toBe(sequences[0] ?? 16);
  });

  it('takes page 0 for the current one', () => {
    const { replay } = filled();
    expect(replay('t', 12, 0).sequences).toEqual([12, 13, 14, 15]);
  });

  it('gives the newest that fit its bound', () => {
    const { replay, page } = filled();
    expect(replay('t', 1, page, 0, 50)).toMatchObject({ firstSequence: 14, sequences: [14, 15] });
  });

  it('creates the topic: it has a page and no items', () => {
    const { replay, topics } = start();
    expect(replay('new', 0)).toMatchObject({ outcome: ACCEPTED, firstSequence: 1, sequences: [] });
    expect(topics.size).toBe(1);
  });

  it('is MOVED for a topic that is not owned', () => {
    const { owner, replay } = start();
    owner.lose('t');
    expect(replay('t', 1).outcome).toBe(MOVED);
  });
});

describe('a topology that takes topics away', () => {
  it('is in force before the audit: a lost topic is refused and its feeds are told', () => {
    const { owner, publish, attach, topics } = start();
    const { feed } = attach('t');
    publish('t');
    owner.lose('t');
    expect(publish('t').outcome).toBe(MOVED);
    expect(feed).toMatchObject({ gone: true, seen: [1] });
    expect(topics.size).toBe(0);
    expect(topics.historyBytes).toBe(0);
  });

  it('leaves what is kept as it is, page and numbers', () => {
    const { owner, publish } = start();
    const before = publish('t');
    owner.lose('other');
    expect(publish('t')).toEqual({ ...before, sequence: 2 });
  });

  it('is audited in passes until every lost topic is dropped', () => {
    const { owner, attach, topics } = start();
    const count = 4 * auditTopicsMax + 100;
    const feeds = Array.from({ length: count }, (_, index) => attach(`t${index}`).feed);
    owner.lose(...feeds.map((_, index) => `t${index}`).filter((_, index) => index % 2 === 0));
    let passes = 1;
    while (topics.audit()) passes += 1;
    expect(passes).toBe(5);
    expect(topics.size).toBe(count / 2);
    expect(feeds.every((feed, index) => feed.gone === (index % 2 === 0))).toBe(true);
  });

  it('drops what was not looked at before another follows: nobody knows whose it was in between', () => {
    const { owner, attach, topics } = start();
    for (let index = 0; index < 2 * auditTopicsMax; index++) attach(`t${index}`);
    owner.lose(`t${2 * auditTopicsMax - 1}`);
    topics.audit();
    owner.lose('t0');
    while (topics.audit());
    expect(topics.size).toBe(auditTopicsMax - 1);
  });
});

describe('idle topics', () => {
  it('are evicted after their time, and go on in a larger page', () => {
    const { publish, topics } = start();
    const before = publish('t');
    topics.sweep(999);
    expect(topics.size).toBe(1);
    topics.sweep(1000);
    expect(topics).toMatchObject({ size: 0, evicted: 1, historyBytes: 0 });
    const after = publish('t', 1001);
    expect(after.sequence).toBe(1);
    expect(after.page).toBeGreaterThan(before.page);
  });

  it('stay while they have interest, and for their time after it ended', () => {
    const { attach, topics } = start();
    const { feed, attached } = attach('t');
    topics.sweep(100_000);
    expect(topics.size).toBe(1);
    if (attached) topics.detach(attached.topic, feed, 100_000);
    topics.sweep(100_999);
    expect(topics.size).toBe(1);
    topics.sweep(101_000);
    expect(topics.size).toBe(0);
  });

  it('stay while they are published to or replayed', () => {
    const { publish, replay, topics } = start();
    publish('published');
    replay('replayed', 0);
    publish('published', 900);
    replay('replayed', 0, 0, 900);
    topics.sweep(1500);
    expect(topics.size).toBe(2);
  });

  it('are evicted in passes when they are many', () => {
    const { publish, topics } = start();
    for (let index = 0; index < 45_000; index++) publish(`t${index}`);
    let passes = 1;
    while (topics.sweep(5000)) passes += 1;
    expect(passes).toBe(3);
    expect(topics).toMatchObject({ size: 0, historyBytes: 0 });
  });

  it('never come back on a page they had, whatever is evicted when', () => {
    const action = fc.record({
      publish: fc.option(fc.nat(5), { nil: undefined }),
      waitMs: fc.nat(1500),
      epoch: fc.nat(20).map((n) => n === 0),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
        const { owner, publish, topics } = start();
        const last = new Map<number, { page: number; sequence: number }>();
        let nowMs = 0;
        for (const { publish: which, waitMs, epoch } of actions) {
          nowMs += waitMs;
          if (epoch) owner.lose();
          topics.sweep(nowMs);
          if (which === undefined) continue;
          const now = publish(`t${which}`, nowMs);
          const before = last.get(which) ?? { page: 0, sequence: 0 };
          if (now.page === before.page) expect(now.sequence).toBe(before.sequence + 1);
          else expect([now.page > before.page, now.sequence]).toEqual([true, 1]);
          last.set(which, now);
        }
      }),
    );
  });
});

describe('a full table', () => {
  it('refuses another topic while none is idle, and goes on serving those it has', () => {
    const { publish, attach, replay, topics } = start({ topicsMax: 2, evictableAfterMs: 500 });
    publish('a');
    publish('b');
    expect(publish('c', 499).outcome).toBe(EXHAUSTED);
    expect(attach('c', 0, 0, 499).attached).toBeUndefined();
    expect(replay('c', 0, 0, 499).outcome).toBe(MOVED);
    expect(publish('a', 499).outcome).toBe(ACCEPTED);
    expect(topics).toMatchObject({ size: 2, counts: { exhausted: 1 } });
  });

  it('evicts the topic that was idle for longest to make room', () => {
    const { publish, topics } = start({ topicsMax: 2, evictableAfterMs: 500 });
    publish('a', 0);
    const before = publish('b', 100);
    publish('a', 200);
    expect(publish('c', 600).outcome).toBe(ACCEPTED);
    expect(topics.size).toBe(2);
    expect(publish('b', 700).page).toBeGreaterThan(before.page);
  });

  it('never evicts a topic with interest', () => {
    const { publish, attach } = start({ topicsMax: 1, evictableAfterMs: 500 });
    attach('a');
    expect(publish('b', 1_000_000).outcome).toBe(EXHAUSTED);
  });

  it('gives notice once when there is room again', () => {
    const { publish, topics } = start({ topicsMax: 1, evictableAfterMs: 5000 });
    publish('a');
    expect(topics.takeRoomNotice()).toBe(false);
    publish('b', 1);
    expect(topics.takeRoomNotice()).toBe(false);
    topics.sweep(2000);
    expect(topics.takeRoomNotice()).toBe(true);
    expect(topics.takeRoomNotice()).toBe(false);
  });
});

describe('the memory of all histories', () => {
  it('is bounded: the topic that was published to least recently loses its history first', () => {
    const { publish, replay, topics } = start({ historyTotalBytesMax: 1000 });
    publish('a', 0, 100);
    publish('b', 1, 100);
    publish('a', 2, 100);
    publish('c', 3, 100);
    expect(topics.historyBytes).toBeLessThanOrEqual(1000);
    expect(replay('b', 1).sequences).toEqual([]);
    expect(replay('b', 1).firstSequence).toBe(2);
    expect(publish('b', 4, 100).sequence).toBe(2);
  });

  it('stays within its bound whatever is published, and returns to 0', () => {
    const item = fc.record({ topic: fc.nat(20), bytes: fc.nat(900), waitMs: fc.nat(50) });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 200 }), (items) => {
        const { publish, topics } = start({ historyTotalBytesMax: 20_000 });
        let nowMs = 0;
        for (const { topic, bytes, waitMs } of items) {
          nowMs += waitMs;
          expect(publish(`t${topic}`, nowMs, bytes).outcome).toBe(ACCEPTED);
          expect(topics.historyBytes).toBeLessThanOrEqual(20_000);
        }
        topics.sweep(nowMs + 10_001);
        expect(topics.historyBytes).toBe(0);
      }),
    );
  });

  it('is released when its items are past their age, interest or not', () => {
    const { publish, attach, topics } = start();
    attach('t');
    publish('t');
    topics.sweep(10_000);
    expect(topics.historyBytes).toBeGreaterThan(0);
    topics.sweep(10_001);
    expect(topics.historyBytes).toBe(0);
    expect(topics.size).toBe(1);
  });

  it('follows bounds that a topology changes', () => {
    const { owner, publish, replay, topics } = start();
    for (let turn = 0; turn < 5; turn++) publish('t');
    const { settings } = owner;
    if (settings) owner.settings = { ...settings, history: { ...settings.history, itemsMax: 2 } };
    topics.rebound(0);
    expect(replay('t', 1).sequences).toEqual([4, 5]);
  });
});
