import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { link } from '../../proto/index.ts';
import { decodeItem, hello, publishOf, self, startSessions, topology } from '../testing/index.ts';

function sequencesOf(items: readonly Uint8Array[]): number[] {
  return items.map((item) => decodeItem(item).sequence);
}

function replay(number: number, fromSequence: number, page = 0): link.Replay {
  return { request: number, cache: 'c', topic: 't', fromSequence, page };
}

describe('the hello of a link', () => {
  it('is answered with a welcome and the version held', () => {
    const { send, take } = startSessions({}, { epoch: 4 }).open();
    expect(send({ hello })).toBeUndefined();
    expect(take()).toMatchObject({
      welcome: { storage: self.name, incarnation: self.incarnation },
      version: { term: 1, epoch: 4 },
    });
  });

  it.each([
    ['is of another cluster', { ...hello, cluster: 'ns/other/uid-2' }, 'belongs to cluster'],
    ['is missing', undefined, 'no hello'],
  ])('that %s ends the link', (_what, bad, message) => {
    const { send, session } = startSessions().open();
    const ending = send({ hello: bad, publishes: [publishOf(1)] });
    expect(ending?.reason).toBe('refused');
    expect(ending?.message).toContain(message);
    expect(session.pending).toBe(false);
  });

  it('must not come twice', () => {
    const { send } = startSessions().greeted();
    expect(send({ hello })?.reason).toBe('violation');
  });
});

describe('a session', () => {
  it('answers publishes and gives the items to its feeds in one batch', () => {
    const { interest, send, take } = startSessions().greeted();
    interest(3);
    send({ publishes: [publishOf(1), publishOf(2)] });
    const { results, feeds } = take();
    expect(results.map(({ request: number, sequence }) => [number, sequence])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(feeds).toHaveLength(1);
    expect(feeds[0]).toMatchObject({ feed: 3, start: { sequence: 1 }, firstSequence: 1 });
    expect(sequencesOf(feeds[0]?.items ?? [])).toEqual([1, 2]);
  });

  it('tells the other routers where the clients of one that goes may have been', () => {
    const { greeted, publish } = startSessions();
    const [gone, here] = [greeted(), greeted()];
    gone.interest(1);
    here.interest(2);
    publish();
    publish();
    here.take();
    gone.heard.sureMs = -1;
    gone.session.close(0);
    const { feeds } = here.take();
    expect(feeds).toHaveLength(1);
    expect(feeds[0]).toMatchObject({ feed: 2, orphanedAfter: { sequence: 0 } });
  });

  it('tells a router that comes later too, for a while', () => {
    const { greeted, publish } = startSessions();
    const gone = greeted();
    gone.interest(1);
    publish();
    gone.send({ leaving: true });
    publish();
    const later = greeted();
    later.interest(1);
    expect(later.take().feeds[0]).toMatchObject({
      start: { sequence: 3 },
      // What was published in the same millisecond may not have reached its clients.
      orphanedAfter: { sequence: 0 },
    });
  });

  it('shares one encoded item with all links', () => {
    const { greeted, publish } = startSessions();
    const links = [greeted(), greeted()];
    for (const link of links) link.interest(1);
    publish();
    const [first, second] = links.map((link) => link.take().feeds[0]?.items[0]);
    expect(first).toBeDefined();
    expect(first).toBe(second);
  });

  it('handles a batch in field order: withdrawn numbers are free for its interests', () => {
    const { interest, send, take } = startSessions().greeted();
    interest(1, 'a');
    take();
    const next = { feed: 1, cache: 'c', topic: 'b', page: 0, nextSequence: 0 };
    expect(
      send({
        withdrawals: [1],
        interests: [next],
        publishes: [publishOf(1, 'a'), publishOf(2, 'b')],
      }),
    ).toBeUndefined();
    const { feeds } = take();
    expect(feeds).toHaveLength(1);
    expect(feeds[0]?.items).toHaveLength(1);
  });

  it('says nothing more of a feed that was withdrawn', () => {
    const { interest, send, take, session } = startSessions().greeted();
    interest(1);
    send({ publishes: [publishOf(1)] });
    send({ withdrawals: [1], publishes: [publishOf(2)] });
    expect(take().feeds).toEqual([]);
    expect(session.feeds).toBe(0);
  });

  it('passes over the withdrawal of a feed it does not know', () => {
    const { send } = startSessions().greeted();
    expect(send({ withdrawals: [99] })).toBeUndefined();
  });

  it('ends on a feed number that is in use', () => {
    const { interest } = startSessions().greeted();
    interest(1, 'a');
    expect(interest(1, 'b')?.reason).toBe('violation');
  });

  it('ends on a second feed of one topic', () => {
    const { interest } = startSessions().greeted();
    interest(1, 'a');
    expect(interest(2, 'a')?.reason).toBe('violation');
  });

  it('says moved to interest in what is not owned, and the number is free', () => {
    const { greeted } = startSessions({}, { storage: { [self.name]: 'another-run' } });
    const { interest, take, session } = greeted();
    interest(5);
    expect(take().feeds).toMatchObject([{ feed: 5, moved: true, items: [] }]);
    expect(session.feeds).toBe(0);
    expect(interest(5)).toBeUndefined();
  });

  it('says moved when a topology takes the topic away, after the items that came before', () => {
    const { greeted, ownership, topics, publish } = startSessions();
    const { interest, take, session } = greeted();
    interest(5);
    publish();
    ownership.offer(topology({ epoch: 2, caches: [] }));
    topics.audit();
    publish();
    expect(take().feeds).toMatchObject([{ feed: 5, moved: true, items: [{}] }]);
    expect(session.feeds).toBe(0);
  });

  it('gives up its feeds when it is closed', () => {
    const { greeted, topics, publish } = startSessions();
    const { interest, session } = greeted();
    interest(1);
    session.close(0);
    publish();
    expect(session).toMatchObject({ feeds: 0, pending: false, pendingBytes: 0 });
    topics.sweep(60_000);
    expect(topics.size).toBe(0);
  });

  it('asks to be flushed once, and again for every entry when a batch is full', () => {
    const { interest, send, calls, take } = startSessions({ batchBytesMax: 1000 }).greeted();
    interest(1);
    send({ publishes: [publishOf(1), publishOf(2)] });
    take();
    calls.pending = 0;
    send({ publishes: [publishOf(3), publishOf(4)] });
    expect(calls.pending).toBe(1);
    send({ publishes: [publishOf(5, 't', 2000)] });
    expect(calls.pending).toBeGreaterThan(1);
  });
});

describe('a topology on a link', () => {
  it('is given to a router that asks for it, once each time', () => {
    const { send, take } = startSessions({}, { epoch: 4 }).greeted();
    send({ asksTopology: true });
    expect(take().topology).toEqual(topology({ epoch: 4 }));
    send({ publishes: [publishOf(1)] });
    expect(take().topology).toBeUndefined();
  });

  it('that a router brings is held if it is later, after all else in its batch was done', () => {
    const { ownership, greeted } = startSessions({}, { epoch: 4 });
    const { send, take } = greeted();
    const later = topology({ epoch: 5, ring: ['s-1'], storage: { [self.name]: 'x', 's-1': 'y' } });
    send({ topology: later, publishes: [publishOf(1)] });
    expect(take().results).toMatchObject([{ sequence: 1 }]);
    expect(ownership.version.epoch).toBe(5);
    send({ topology: topology({ epoch: 4 }), publishes: [publishOf(2)] });
    expect(take().results).toMatchObject([{ sequence: 0 }]);
    send({ topology: topology({ epoch: 6, cluster: 'ns/other/uid-2' }) });
    expect(ownership.version.epoch).toBe(5);
  });
});

describe('a feed that resumes', () => {
  it('gets exactly what it lacks, then live items', () => {
    const { greeted, publish } = startSessions();
    const { page } = publish();
    publish();
    publish();
    const { interest, take } = greeted();
    interest(1, 't', page, 2);
    publish();
    const [update] = take().feeds;
    expect(update).toMatchObject({ start: { page, sequence: 2 }, firstSequence: 2 });
    expect(sequencesOf(update?.items ?? [])).toEqual([2, 3, 4]);
    publish();
    expect(take().feeds).toMatchObject([{ start: undefined, firstSequence: 5, items: [{}] }]);
  });

  it('reads the past batch by batch, and collects nothing meanwhile', () => {
    const { greeted, publish } = startSessions({ batchBytesMax: 2000 });
    const { page } = publish('t', 900);
    for (let turn = 0; turn < 9; turn++) publish('t', 900);
    const { interest, take, session } = greeted();
    interest(1, 't', page, 1);
    const seen: number[] = [];
    let batches = 0;
    while (session.pending) {
      for (const { items } of take().feeds) seen.push(...sequencesOf(items));
      if (batches++ === 1) publish('t', 900);
      expect(session.pendingBytes).toBeLessThan(1000);
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(batches).toBeGreaterThan(4);
  });

  it('shares batches with others: many that resume at once make none larger', () => {
    const { greeted, publish } = startSessions({ batchBytesMax: 1000 });
    const topics = Array.from({ length: 20 }, (_, index) => `t${index}`);
    const pages = topics.map((topic) => publish(topic, 400).page);
    const { interest, session } = greeted();
    for (const [index, topic] of topics.entries()) interest(index + 1, topic, pages[index], 1);
    const seen = new Set<number>();
    while (session.pending) {
      const { batch, bytes } = session.take(0);
      // The 20 starts, a batch, and the item that fills it.
      expect(bytes).toBeLessThan(2800);
      for (const { feed, items } of batch.feeds) if (items.length > 0) seen.add(feed);
    }
    expect(seen.size).toBe(20);
  });

  it('begins anew behind the gap when history runs away from it', () => {
    const { greeted, publish } = startSessions(
      { batchBytesMax: 1000 },
      { history: { itemsMax: 3 } },
    );
    const { page } = publish('t', 900);
    publish('t', 900);
    const { interest, take } = greeted();
    interest(1, 't', page, 1);
    expect(take().feeds).toMatchObject([{ start: { sequence: 1 }, firstSequence: 1 }]);
    for (let turn = 0; turn < 6; turn++) publish('t', 900);
    expect(take().feeds).toMatchObject([{ start: { page, sequence: 6 }, firstSequence: 6 }]);
  });

  it('costs nothing once it is withdrawn in the middle', () => {
    const { greeted, publish } = startSessions({ batchBytesMax: 1000 });
    const { page } = publish('t', 900);
    publish('t', 900);
    const { interest, take, send, session } = greeted();
    interest(1, 't', page, 1);
    take();
    send({ withdrawals: [1] });
    expect(take().feeds).toEqual([]);
    expect(session.pending).toBe(false);
  });
});

describe('a replay', () => {
  it('is answered for the state at the end of its batch', () => {
    const { greeted, publish } = startSessions();
    const { interest, send, take } = greeted();
    interest(1);
    publish();
    send({ replays: [replay(9, 1)] });
    publish();
    const { feeds, replays } = take();
    expect(sequencesOf(feeds[0]?.items ?? [])).toEqual([1, 2]);
    expect(sequencesOf(replays[0]?.items ?? [])).toEqual([1, 2]);
  });

  it('waits until every feed has caught up, also when the batch has room for a small answer', () => {
    // Two items fit no batch together, one leaves room: the feed stays behind in a batch that isn't full.
    const { greeted, publish } = startSessions({ batchBytesMax: 1000 });
    const { page } = publish('t', 480);
    publish('t', 480);
    publish('t', 480);
    const { interest, send, take } = greeted();
    interest(1, 't', page, 1);
    send({ replays: [replay(9, 0)] });
    const batches = [take(), take(), take(), take()];
    const position = batches.findIndex(({ replays }) => replays.length > 0);
    const before = batches.slice(0, position + 1).flatMap(({ feeds }) => feeds);
    expect(before.flatMap(({ items }) => sequencesOf(items))).toEqual([1, 2, 3]);
    expect(batches[position]?.replays[0]).toMatchObject({ request: 9, firstSequence: 3 });
  });

  it('is answered in later batches when the batch is full', () => {
    const { greeted, publish } = startSessions({ batchBytesMax: 1000 });
    publish('t', 900);
    const { send, take, session } = greeted();
    send({ replays: [replay(1, 1), replay(2, 1), replay(3, 1)] });
    const answered: number[] = [];
    while (session.pending) answered.push(...take().replays.map((result) => result.request));
    expect(answered).toEqual([1, 2, 3]);
    expect(session.pendingBytes).toBe(0);
  });
});

describe('any batch', () => {
  const number = fc.oneof(fc.nat(3), fc.maxSafeNat());
  const name = fc.oneof(fc.constantFrom('c', 't', '', '__proto__'), fc.string({ unit: 'binary' }));
  const text = fc.boolean();
  const payload = fc.uint8Array({ maxLength: 20 });
  const place = { cache: name, topic: name, page: number };
  const batches = fc.record({
    hello: fc.option(fc.record({ cluster: name, router: name, incarnation: name }), {
      freq: 9,
      nil: undefined,
    }),
    withdrawals: fc.array(number),
    interests: fc.array(fc.record({ feed: number, nextSequence: number, ...place })),
    publishes: fc.array(
      fc.record({ request: number, cache: name, topic: name, payload, text, publisherId: name }),
    ),
    replays: fc.array(fc.record({ request: number, fromSequence: number, ...place })),
  });

  it('is served or ends the link; every publish and replay served is answered', () => {
    fc.assert(
      fc.property(fc.array(batches, { maxLength: 5 }), (list) => {
        const { greeted, ownership, topics } = startSessions();
        const { session, send, take } = greeted();
        for (const batch of list) {
          const ending = send(batch);
          if (ending) {
            expect(['violation', 'refused']).toContain(ending.reason);
            session.close(0);
            break;
          }
          const { results, replays } = take();
          expect(results.map((result) => result.request)).toEqual(
            batch.publishes.map((publish) => publish.request),
          );
          expect(replays).toHaveLength(batch.replays.length);
        }
        session.close(0);
        ownership.offer(topology({ epoch: 2, caches: [] }));
        topics.audit();
        expect(topics).toMatchObject({ size: 0, historyBytes: 0 });
      }),
    );
  });
});

describe('any history of one link', () => {
  const action = fc.oneof(
    { weight: 6, arbitrary: fc.record({ publish: fc.integer({ min: 1, max: 700 }) }) },
    { weight: 3, arbitrary: fc.constant({ take: true }) },
    { weight: 1, arbitrary: fc.constant({ replay: true }) },
    { weight: 1, arbitrary: fc.record({ resume: fc.nat(3) }) },
  );

  it('gives a feed gap-free items between starts, never one twice, and replays that end where it stands', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const { greeted, publish } = startSessions(
          { batchBytesMax: 1500 },
          { history: { itemsMax: 4 } },
        );
        const { send, interest, take, session } = greeted();
        let feed = 0;
        let next = 0;
        let page = 0;
        let asked = 0;
        let published = 0;
        const readOne = () => {
          const { feeds, replays } = take();
          for (const update of feeds) {
            expect(update.feed).toBe(feed);
            if (update.start) {
              expect(update.start.sequence).toBeGreaterThanOrEqual(next);
              ({ sequence: next, page } = update.start);
            }
            if (update.items.length > 0) expect(update.firstSequence).toBe(next);
            for (const sequence of sequencesOf(update.items)) expect(sequence).toBe(next++);
          }
          for (const { firstSequence, items } of replays) {
            expect(firstSequence + items.length).toBe(next);
          }
        };
        const resume = () => {
          if (feed > 0) send({ withdrawals: [feed] });
          feed += 1;
          interest(feed, 't', page, next);
        };
        resume();
        for (const step of actions) {
          if ('publish' in step) {
            publish('t', step.publish);
            published += 1;
          } else if ('take' in step) readOne();
          else if ('replay' in step) send({ replays: [replay(++asked, 1)] });
          else resume();
        }
        while (session.pending) readOne();
        expect(next).toBe(published + 1);
      }),
      { numRuns: 150 },
    );
  });
});
