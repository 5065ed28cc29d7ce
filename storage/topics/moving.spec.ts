import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { link } from '../../proto/index.ts';
import { pageOf } from '../../topology/index.ts';
import { bounds, decodeItem, quietFeed } from '../testing/index.ts';
import { auditTopicsMax, type Owner, type Role, Topics, type TopicsBounds } from './index.ts';

const { ACCEPTED, MOVED, UNSPECIFIED } = link.Outcome;
const batch = { handoffTopicsMax: 10, handoffBytesMax: 1e6, handoffItemsBytesMax: 1e6 };

/** In a move: what each topic is to this node is said by `roles`; mine by default. */
class MovingOwner implements Owner {
  generation = 1;
  epoch = 7;
  moving = true;
  readonly roles = new Map<string, Role>();
  settings = {
    messageBytesMax: 1000,
    history: { itemsMax: 10, bytesMax: 10_000, ageMsMax: 10_000 },
    idleMsMax: 1000,
  };

  role(_cache: string, topic: string): Role {
    return this.roles.get(topic) ?? { is: 'mine' };
  }

  roleAt(generation: number, cache: string, topic: string): Role {
    return generation === this.generation ? this.role(cache, topic) : { is: 'others' };
  }

  page(sweeps: number): number {
    return pageOf({ pageOrigin: 5, epoch: this.epoch, sweeps });
  }
}

function start(change: Partial<TopicsBounds> = {}) {
  const owner = new MovingOwner();
  const expected = new Set<string>();
  const topics = new Topics(owner, bounds(change), { mayCome: (from) => expected.has(from) });
  const publish = (topic: string, nowMs = 0, bytes = 10) => {
    const payload = new Uint8Array(bytes);
    return topics.publish({ cache: 'c', topic, payload, text: false, publisherId: '' }, nowMs);
  };
  const leave = (...names: string[]) => {
    for (const name of names) owner.roles.set(name, { is: 'leaving', to: 's-1' });
    owner.generation += 1;
    topics.moving.follow();
    while (topics.audit());
  };
  return { owner, expected, topics, publish, leave };
}

function stateOf(change: Partial<link.TopicState> = {}): link.TopicState {
  return {
    cache: 'c',
    topic: 't',
    page: 5,
    head: 0,
    items: [],
    agesMs: [],
    orphans: [],
    ...change,
  };
}

describe('topics that are handed over', () => {
  it('are found by the audit, counted by heir, and given out in bounded batches', () => {
    const { topics, publish, leave } = start();
    for (const name of ['a', 'b', 'c', 'stays']) publish(name);
    leave('a', 'b', 'c');
    expect(topics.moving.left).toBe(3);
    expect(topics.moving.leftFor('s-1')).toBe(3);
    const two = topics.moving.handOver('s-1', { ...batch, handoffTopicsMax: 2 }, 0);
    expect(two).toHaveLength(2);
    const one = topics.moving.handOver('s-1', { ...batch, handoffBytesMax: 1 }, 0);
    expect(one).toHaveLength(1);
    expect(topics.moving.handOver('s-1', batch, 0)).toEqual([]);
    expect(topics).toMatchObject({ size: 1 });
    expect(topics.moving.left).toBe(0);
  });

  it('carry page, head, items with their ages, and orphans that are still expected', () => {
    const { topics, publish, leave } = start();
    const feed = quietFeed;
    const attached = topics.attach('c', 't', 0, 0, feed, 0);
    const { page } = publish('t', 100);
    publish('t', 250);
    if (typeof attached !== 'string') topics.orphan(attached.topic, feed, 200, 300);
    leave('t');
    const [state] = topics.moving.handOver('s-1', batch, 1300);
    expect(state).toMatchObject({ cache: 'c', topic: 't', page, head: 2, agesMs: [1200, 1050] });
    expect(state?.items.map((item) => decodeItem(item).sequence)).toEqual([1, 2]);
    expect(state?.orphans).toEqual([
      { after: 1, leftMs: 4000, router: '' },
      { after: 0, leftMs: 5000, router: '' },
    ]);
  });

  it('carry the newest items that fit, and none past their age', () => {
    const { topics, publish, leave } = start();
    for (let turn = 0; turn < 5; turn++) publish('t', turn * 1000, 100);
    leave('t');
    const fitting = { ...batch, handoffItemsBytesMax: 300 };
    const [state] = topics.moving.handOver('s-1', fitting, 11_500);
    expect(state?.items.map((item) => decodeItem(item).sequence)).toEqual([4, 5]);
    expect(state).toMatchObject({ head: 5, agesMs: [8500, 7500] });
  });

  it('are sealed: publishes are MOVED, feeds are told after what came before', () => {
    const { topics, publish, leave } = start();
    const told: (number | 'moved')[] = [];
    const feed = {
      ...quietFeed,
      item: (sequence: number) => told.push(sequence),
      moved: () => told.push('moved'),
      orphaned() {},
    };
    topics.attach('c', 't', 0, 0, feed, 0);
    publish('t');
    leave('t');
    publish('t');
    topics.moving.handOver('s-1', batch, 0);
    expect(publish('t').outcome).toBe(MOVED);
    expect(told).toEqual([1, 2, 'moved']);
    expect(topics).toMatchObject({ size: 0, historyBytes: 0 });
  });

  it('may begin in the move, and are handed over as well, until their heir is closed', () => {
    const { topics, publish, leave } = start();
    leave('a', 'b');
    expect(publish('a').outcome).toBe(ACCEPTED);
    expect(topics.moving.left).toBe(1);
    topics.moving.handOver('s-1', batch, 0);
    topics.moving.close('s-1');
    expect([publish('a').outcome, publish('b').outcome]).toEqual([MOVED, MOVED]);
    leave();
    expect([publish('a').outcome, publish('b').outcome]).toEqual([MOVED, MOVED]);
  });

  it('may begin here again when no heir is left for them', () => {
    const { owner, publish, topics, leave } = start();
    const { page } = publish('a');
    leave('a');
    topics.moving.handOver('s-1', batch, 0);
    owner.roles.clear();
    owner.epoch += 1;
    leave();
    expect(publish('a')).toMatchObject({ outcome: ACCEPTED, sequence: 1 });
    expect(publish('a').page).toBeGreaterThan(page);
  });

  it('go to another heir that a new version names, as far as they are not sealed', () => {
    const { owner, publish, topics, leave } = start();
    for (const name of ['a', 'b']) publish(name);
    leave('a', 'b');
    topics.moving.handOver('s-1', { ...batch, handoffTopicsMax: 1 }, 0);
    for (const name of ['a', 'b']) owner.roles.set(name, { is: 'leaving', to: 's-2' });
    leave();
    for (const name of ['a', 'b']) owner.roles.set(name, { is: 'leaving', to: 's-2' });
    owner.generation += 1;
    topics.moving.follow();
    while (topics.audit());
    expect(topics.moving.leftFor('s-1')).toBe(0);
    expect(topics.moving.leftFor('s-2')).toBe(1);
  });

  it('are looked through in passes when they are many', () => {
    const { owner, publish, topics } = start();
    const names = Array.from({ length: 3 * auditTopicsMax }, (_, index) => `t${index}`);
    for (const name of names) {
      publish(name);
      owner.roles.set(name, { is: 'leaving', to: 's-1' });
    }
    owner.generation += 1;
    topics.audit();
    expect(topics.moving.left).toBe(auditTopicsMax);
  });
});

describe('topics that are taken over', () => {
  it('go on in their page after their head, with their history', () => {
    const source = start();
    for (let turn = 0; turn < 4; turn++) source.publish('t', turn * 1000);
    source.leave('t');
    const [state] = source.topics.moving.handOver('s-1', batch, 4000);
    const { topics, publish } = start();
    if (state) expect(topics.moving.take(state, 70_000)).toBe('taken');
    expect(publish('t', 70_001)).toMatchObject({ page: state?.page, sequence: 5 });
    const sequences = (nowMs: number) =>
      topics.replay('c', 't', 0, 1, 1e6, nowMs).items.map((item) => decodeItem(item).sequence);
    expect(sequences(70_001)).toEqual([1, 2, 3, 4, 5]);
    // The second was 3 s old: it is past its age 7 s later.
    expect(sequences(77_001)).toEqual([3, 4, 5]);
    topics.sweep(90_000);
    expect(topics.historyBytes).toBe(0);
  });

  it('go on after their head also when no item came with it', () => {
    const { topics, publish } = start();
    topics.moving.take(stateOf({ page: 9, head: 41 }), 0);
    expect(publish('t')).toMatchObject({ page: 9, sequence: 42 });
  });

  it('hold nothing of the batch that carried them', () => {
    const { topics } = start();
    const carried = Buffer.alloc(100_000);
    topics.moving.take(stateOf({ head: 1, items: [carried.subarray(5, 25)], agesMs: [0] }), 0);
    const [item] = topics.replay('c', 't', 0, 1, 1e6, 0).items;
    expect(item).toHaveLength(20);
    expect(item?.buffer.byteLength).toBeLessThan(5000);
  });

  it('are not taken again: neither those that came nor those that were begun', () => {
    const { topics, publish } = start();
    const { page } = publish('begun');
    expect(topics.moving.take(stateOf({ topic: 'begun', page: 3, head: 9 }), 0)).toBe('held');
    expect(publish('begun')).toMatchObject({ page, sequence: 2 });
    topics.moving.take(stateOf({ head: 4 }), 0);
    publish('t');
    expect(topics.moving.take(stateOf({ head: 4 }), 0)).toBe('held');
    expect(publish('t')).toMatchObject({ sequence: 6 });
  });

  it('wait while their source may still hand them over, and begin when it has nothing more', () => {
    const { owner, expected, topics, publish } = start();
    owner.roles.set('t', { is: 'coming', from: 's-0' });
    expected.add('s-0');
    const feed = quietFeed;
    expect(publish('t').outcome).toBe(UNSPECIFIED);
    expect(topics.attach('c', 't', 0, 0, feed, 0)).toBe('waits');
    expect(topics.replay('c', 't', 0, 1, 1e6, 0).outcome).toBe(MOVED);
    expect(topics.counts).toMatchObject({ moved: 0, exhausted: 0, accepted: 0 });
    expected.delete('s-0');
    expect(publish('t')).toMatchObject({ outcome: ACCEPTED, sequence: 1 });
  });

  it('begin on a larger page in the same epoch when there was no room for them', () => {
    const { owner, topics, publish } = start({ topicsMax: 1 });
    const { page } = publish('other');
    expect(topics.moving.take(stateOf({ page, head: 3 }), 0)).toBe('exhausted');
    owner.roles.set('other', { is: 'others' });
    owner.generation += 1;
    topics.audit();
    const begun = publish('t');
    expect(begun.sequence).toBe(1);
    expect(begun.page).toBeGreaterThan(page);
  });

  it('begin on a larger page in the same epoch when they are left where they are', () => {
    const { owner, topics, publish } = start();
    topics.moving.leave(stateOf({ page: owner.page(2), head: 3 }));
    const begun = publish('t');
    expect(begun.sequence).toBe(1);
    expect(begun.page).toBeGreaterThan(owner.page(2));
  });

  it('keep the memory of all histories within its bound', () => {
    const { topics } = start({ historyTotalBytesMax: 5000 });
    for (let index = 0; index < 20; index++) {
      const items = [new Uint8Array(400), new Uint8Array(400)];
      topics.moving.take(stateOf({ topic: `t${index}`, head: 2, items, agesMs: [5, 1] }), 0);
      expect(topics.historyBytes).toBeLessThanOrEqual(5000);
    }
    expect(topics.size).toBe(20);
  });

  it('are what they were at their source, whatever was published there when', () => {
    const item = fc.record({ bytes: fc.nat(900), waitMs: fc.nat(4000) });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 30 }), fc.nat(9000), (items, laterMs) => {
        const [source, heir, twin] = [start(), start(), start()];
        let nowMs = 0;
        for (const { bytes, waitMs } of items) {
          nowMs += waitMs;
          for (const { publish } of [source, twin]) publish('t', nowMs, bytes);
        }
        source.leave('t');
        const [state] = source.topics.moving.handOver('s-1', batch, nowMs);
        if (!state) return;
        heir.topics.moving.take(state, nowMs);
        const seen = ({ topics }: typeof heir) =>
          topics.replay('c', 't', 0, 1, 1e6, nowMs + laterMs);
        expect(seen(heir)).toEqual(seen(twin));
        expect(heir.publish('t', nowMs + laterMs)).toEqual(twin.publish('t', nowMs + laterMs));
      }),
    );
  });
});

describe('eviction', () => {
  it('is for nobody that a move in COMMIT is about, neither in time nor for want of room', () => {
    const { owner, topics, publish } = start({ topicsMax: 2, evictableAfterMs: 10 });
    owner.roles.set('going', { is: 'leaving', to: 's-1' });
    owner.roles.set('came', { is: 'coming', from: 's-2' });
    publish('going');
    expect(topics.moving.take(stateOf({ topic: 'came' }), 0)).toBe('taken');
    topics.sweep(100_000);
    expect(topics.size).toBe(2);
    expect(publish('other', 100_000).outcome).toBe(link.Outcome.EXHAUSTED);
    owner.moving = false;
    topics.sweep(100_000);
    expect(topics.size).toBe(0);
  });

  it('makes room in COMMIT by what stays where it is, for newcomers and for topics that come', () => {
    const { owner, topics, publish } = start({ topicsMax: 2, evictableAfterMs: 10 });
    owner.roles.set('going', { is: 'leaving', to: 's-1' });
    owner.roles.set('came', { is: 'coming', from: 's-2' });
    publish('going');
    const { page } = publish('staying');
    topics.sweep(100_000);
    expect(topics.size).toBe(2);
    expect(publish('new', 5).outcome).toBe(link.Outcome.EXHAUSTED);
    expect(publish('new', 200).page).toBeGreaterThan(page);
    expect(topics.moving.take(stateOf({ topic: 'came' }), 300)).toBe('taken');
    expect(publish('staying', 300).outcome).toBe(link.Outcome.EXHAUSTED);
    expect(publish('going', 300)).toMatchObject({ page, sequence: 2 });
    expect(topics.evicted).toBe(2);
  });
});
