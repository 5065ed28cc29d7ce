import { Client, credentials, type StatusObject, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { link } from '../../proto/index.ts';
import { silentLogger } from '../../runtime/index.ts';
import { canaryCache } from '../../topology/index.ts';
import type { StorageBounds } from '../config.ts';
import { StorageNode } from '../node.ts';
import {
  bounds,
  decodeItem,
  SocketClock,
  self,
  TestRouter,
  type TopologyChange,
  topology,
} from '../testing/index.ts';

const { ACCEPTED, MOVED, INVALID } = link.Outcome;

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function start(change: Partial<StorageBounds> = {}, map: TopologyChange | 'none' = {}) {
  const clock = new SocketClock();
  const node = new StorageNode({ self, bounds: bounds(change), clock, log: silentLogger });
  if (map !== 'none') node.offer(topology(map));
  const port = await node.listen('127.0.0.1:0');
  closing.push(() => node.stop());
  const connect = (options?: { readonly hello: boolean }) => {
    const router = new TestRouter(port, options);
    closing.push(() => router.close());
    return router;
  };
  return { clock, node, port, connect };
}

function payloadsOf(router: TestRouter, feed: number): string[] {
  return router.items(feed).map((item) => item.payload);
}

describe('a link', () => {
  it('carries publishes up and items down, in order, to every interested router', async () => {
    const { connect } = await start();
    const [first, second] = [connect(), connect()];
    first.interest(1, 'orders');
    second.interest(7, 'orders');
    await Promise.all([first.start(1), second.start(7)]);
    const sent = Array.from({ length: 200 }, (_, index) => `item ${index}`);
    for (const [index, payload] of sent.entries()) first.publish(index, 'orders', payload);
    for (const router of [first, second]) {
      const feed = router === first ? 1 : 7;
      await router.until(() => router.items(feed)[199]);
      expect(payloadsOf(router, feed)).toEqual(sent);
    }
    await first.result(199);
    expect(first.results.map(({ sequence }) => sequence)).toEqual(
      sent.map((_, index) => index + 1),
    );
    expect(second.results).toEqual([]);
  });

  it('counts what it sends: bytes of all, items without those of canaries', async () => {
    const { node, connect } = await start();
    const router = connect();
    router.interest(1, 'orders');
    router.interest(2, 'r-0/0', 0, 0, canaryCache);
    await Promise.all([router.start(1), router.start(2)]);
    for (let n = 0; n < 3; n++) router.publish(n, 'orders', 'x');
    for (let n = 3; n < 8; n++) router.publish(n, 'r-0/0', 'x', canaryCache);
    await router.until(() => router.items(2)[4]);
    await router.result(7);
    expect(router.items(1)).toHaveLength(3);
    expect(node.links.sentItems).toBe(3);
    const batches = router.batches.map((batch) => link.StorageBatch.encode(batch).finish().length);
    const received = batches.reduce((sum, bytes) => sum + bytes, 0);
    expect(node.sentBytes).toBeGreaterThan(0);
    expect(node.sentBytes).toBe(received);
  });

  it('begins with a welcome and the version, and tells of every later version', async () => {
    const { connect, node } = await start({}, { epoch: 3 });
    const router = connect();
    const welcome = await router.until(() => router.batches[0]?.welcome);
    expect(welcome).toEqual({ storage: self.name, incarnation: self.incarnation });
    node.offer(topology({ epoch: 4 }));
    await router.until(() => router.versions[1]);
    expect(router.versions).toEqual([3, 4]);
  });

  it('batches what one event-loop turn brings', async () => {
    const { connect } = await start();
    const router = connect();
    router.interest(1, 't');
    await router.start(1);
    const before = router.batches.length;
    const payload = Buffer.from('x');
    const publishes = Array.from({ length: 500 }, (_, request) => {
      return { request, cache: 'c', topic: 't', payload, text: true, publisherId: '' };
    });
    router.send({ publishes });
    await router.until(() => router.items(1)[499]);
    expect(router.batches.length - before).toBe(1);
  });

  it('sends a batch early when it is large', async () => {
    const { connect } = await start({ batchBytesMax: 10_000 });
    const router = connect();
    router.interest(1, 't');
    await router.start(1);
    const before = router.batches.length;
    const payload = Buffer.alloc(1000);
    const publishes = Array.from({ length: 100 }, (_, request) => {
      return { request, cache: 'c', topic: 't', payload, text: false, publisherId: '' };
    });
    router.send({ publishes });
    await router.until(() => router.items(1)[99]);
    expect(router.batches.length - before).toBeGreaterThanOrEqual(9);
  });

  it('answers a replay for where the feed stands at the end of its batch', async () => {
    const { connect } = await start();
    const router = connect();
    router.interest(1, 't');
    for (let request = 0; request < 50; request++) {
      router.publish(request, 't', `p${request}`);
      router.replay(request, 't', 1);
    }
    await router.replayed(49);
    let position = 0;
    for (const { feeds, replays } of router.batches) {
      for (const { items, firstSequence } of feeds) {
        if (items.length > 0) position = firstSequence + items.length;
      }
      for (const { items, firstSequence } of replays) {
        expect(firstSequence + items.length).toBe(position);
        expect(items.map((item) => decodeItem(item).sequence)[0]).toBe(1);
      }
    }
    expect(position).toBe(51);
  });

  it('takes a router back by position: the rest of what it lacks, or what there is', async () => {
    const { connect } = await start({}, { history: { itemsMax: 3 } });
    const router = connect();
    for (let request = 1; request <= 5; request++) router.publish(request, 't', `p${request}`);
    const { page } = await router.result(5);
    router.close();

    const again = connect();
    again.interest(1, 't', page, 4);
    expect(await again.start(1)).toEqual({ page, sequence: 4 });
    const late = connect();
    late.interest(1, 't', page, 1);
    expect(await late.start(1)).toEqual({ page, sequence: 3 });
    const strange = connect();
    strange.interest(1, 't', page - 1, 5);
    expect(await strange.start(1)).toEqual({ page, sequence: 3 });
    const current = connect();
    current.interest(1, 't', page, 6);
    expect(await current.start(1)).toEqual({ page, sequence: 6 });

    again.publish(9, 't', 'p6');
    for (const router of [again, late, strange, current]) {
      await router.until(() => router.items(1).find(({ payload }) => payload === 'p6'));
    }
    expect(payloadsOf(again, 1)).toEqual(['p4', 'p5', 'p6']);
    expect(payloadsOf(late, 1)).toEqual(['p3', 'p4', 'p5', 'p6']);
    expect(payloadsOf(strange, 1)).toEqual(['p3', 'p4', 'p5', 'p6']);
    expect(payloadsOf(current, 1)).toEqual(['p6']);
  });

  it('of the same router may live beside an older one', async () => {
    const { connect, node } = await start();
    const [old, fresh] = [connect(), connect()];
    old.interest(1, 't');
    fresh.interest(1, 't');
    await Promise.all([old.start(1), fresh.start(1)]);
    fresh.publish(1, 't', 'both');
    await Promise.all([old, fresh].map((router) => router.until(() => router.items(1)[0])));
    expect(node.links.links).toBe(2);
  });
});

describe('what is not owned', () => {
  it.each<[string, TopologyChange | 'none']>([
    ['without a topology', 'none'],
    ['when another run of this node is named', { storage: { [self.name]: 'run-2' } }],
    [
      'when another node owns the topic',
      { storage: { [self.name]: 'run-1', 's-1': 'x' }, ring: ['s-1'] },
    ],
    ['when the cache does not exist', { caches: ['other'] }],
  ])('is answered MOVED %s', async (_what, map) => {
    const { connect } = await start({}, map);
    const router = connect();
    router.publish(1, 't', 'x');
    router.interest(1, 't');
    router.replay(1, 't', 1);
    expect(await router.result(1)).toMatchObject({ outcome: MOVED, page: 0, sequence: 0 });
    expect((await router.replayed(1)).outcome).toBe(MOVED);
    await router.moved(1);
  });

  it('is said of feeds when a topology takes their cache away; others go on', async () => {
    const { connect, node } = await start({}, { caches: ['c', 'd'] });
    const router = connect();
    router.interest(1, 't');
    router.interest(2, 't', 0, 0, 'd');
    await Promise.all([router.start(1), router.start(2)]);
    node.offer(topology({ epoch: 2, caches: ['c'] }));
    await router.moved(2);
    router.publish(1, 't', 'stays');
    expect((await router.result(1)).outcome).toBe(ACCEPTED);
    router.publish(2, 't', 'gone', 'd');
    expect((await router.result(2)).outcome).toBe(MOVED);
    expect(node.topics.size).toBe(1);
  });
});

describe('bad input', () => {
  it('of another cluster is refused with a clear message', async () => {
    const { connect, node } = await start();
    const router = connect({ hello: false });
    router.send({ hello: { cluster: 'ns/other/uid-2', router: 'r-9', incarnation: 'x' } });
    const ended = await router.ended;
    expect(ended.code).toBe(status.FAILED_PRECONDITION);
    expect(ended.details).toBe(
      'storage node s-0 belongs to cluster ns/demo/uid-1, router r-9 to ns/other/uid-2: check the address and --cluster',
    );
    expect(node.links.links).toBe(0);
  });

  it('without a hello is refused, and does nothing', async () => {
    const { connect, node } = await start();
    const router = connect({ hello: false });
    router.publish(1, 't', 'x');
    expect((await router.ended).code).toBe(status.FAILED_PRECONDITION);
    expect(node.topics.size).toBe(0);
  });

  it('harms nobody when it is garbage', async () => {
    const { connect, node, port } = await start();
    const good = connect();
    good.interest(1, 't');
    await good.start(1);
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    closing.push(() => client.close());
    const { path } = link.LinkServiceService.open;
    const bytes = (message: Buffer) => message;
    for (const garbage of [
      [0x1a, 0xff, 0xff, 0xff, 0x0f, 1],
      [0xff, 0xff],
      [0x0a, 3, 0x0a, 99, 1],
    ]) {
      const bad = client.makeBidiStreamRequest(path, bytes, bytes);
      bad.on('error', () => {}).on('data', () => {});
      bad.write(Buffer.from(garbage));
      const ended = new Promise<StatusObject>((resolve) => bad.once('status', resolve));
      expect((await ended).code).toBe(status.INTERNAL);
    }
    good.publish(1, 't', 'still here');
    await good.until(() => good.items(1)[0]);
    expect(node.links.links).toBe(1);
  });

  it('of one publish is INVALID and leaves the others alone', async () => {
    const { connect } = await start({}, { messageBytesMax: 5 });
    const router = connect();
    router.publish(1, 't', 'too long');
    router.publish(2, '', 'x');
    router.publish(3, 'nul\u0000', 'x');
    router.publish(4, 't', 'good');
    expect(await router.result(4)).toMatchObject({ outcome: ACCEPTED, sequence: 1 });
    expect(router.results.slice(0, 3).map(({ outcome }) => outcome)).toEqual([
      INVALID,
      INVALID,
      INVALID,
    ]);
  });

  it('in the use of feed numbers ends that link only', async () => {
    const { connect, node } = await start();
    const [good, bad] = [connect(), connect()];
    good.interest(1, 'a');
    await good.start(1);
    bad.interest(1, 'a');
    bad.interest(1, 'b');
    const ended = await bad.ended;
    expect(ended.code).toBe(status.INVALID_ARGUMENT);
    expect(ended.details).toContain('feed 1 is in use');
    expect(node.links).toMatchObject({ links: 1, ended: { violation: 1 } });
  });
});

describe('a peer', () => {
  it('that is silent for 900 ms is dead; one that sends heartbeats is not', async () => {
    const { clock, connect, node } = await start();
    const [silent, alive] = [connect(), connect()];
    silent.interest(1, 't');
    alive.interest(1, 't');
    await Promise.all([silent.start(1), alive.start(1)]);
    for (let turn = 0; turn < 8; turn++) {
      clock.advance(100);
      alive.publish(turn, 't', 'alive');
      await alive.result(turn);
    }
    expect(node.links.links).toBe(2);
    clock.advance(100);
    const ended = await silent.ended;
    expect(ended.code).toBe(status.UNAVAILABLE);
    expect(ended.details).toContain('nothing was heard from router r-0/x for 900 ms');
    expect(node.links).toMatchObject({ links: 1, ended: { silent: 1 } });
  });

  it('gets a heartbeat when it is told nothing else for 200 ms', async () => {
    const { clock, connect } = await start();
    const router = connect();
    await router.until(() => router.batches[0]);
    clock.advance(200);
    await router.until(() => router.batches[1]);
    expect(router.batches[1]).toEqual({
      welcome: undefined,
      version: undefined,
      results: [],
      feeds: [],
      replays: [],
      handoffs: [],
      handoffResults: [],
      topology: undefined,
    });
  });

  it('that does not read loses its link at linkBytesMax, and holds nobody up', async () => {
    const { connect, node } = await start({
      linkBytesMax: 2_000_000,
      linkInFlightBytesMax: 300_000,
      batchBytesMax: 100_000,
    });
    const [slow, quick] = [connect(), connect()];
    slow.interest(1, 't');
    quick.interest(1, 't');
    await Promise.all([slow.start(1), quick.start(1)]);
    slow.stream.pause();
    const payload = 'x'.repeat(50_000);
    let sent = 0;
    let unsent = 0;
    while (node.links.links === 2 && sent < 400) {
      quick.publish(sent, 't', payload);
      await quick.result(sent);
      sent += 1;
      unsent = Math.max(unsent, node.links.unsentBytes);
    }
    expect(node.links).toMatchObject({ links: 1, ended: { slow: 1 } });
    expect(unsent).toBeLessThanOrEqual(2_400_000);
    expect(quick.items(1)).toHaveLength(sent);
    slow.stream.resume();
    const ended = await slow.ended;
    expect(ended.code).toBe(status.RESOURCE_EXHAUSTED);
    const read = slow.items(1).map(({ sequence }) => sequence);
    expect(read).toEqual(read.map((_, index) => index + 1));
    // What was beyond linkInFlightBytesMax was dropped with the session, not left to the stream.
    expect(read.length).toBeLessThan(sent / 2);
  });

  it('finds no room when there are linksMax links', async () => {
    const { connect } = await start({ linksMax: 1 });
    const first = connect();
    await first.until(() => first.batches[0]);
    const ended = await connect().ended;
    expect(ended).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(ended.details).toBe('storage node s-0 has 1 links and takes no more');
  });
});

describe('memory', () => {
  it('returns to baseline after 50,000 topics were touched once', async () => {
    const { clock, connect, node } = await start();
    const router = connect();
    const payload = Buffer.from('once');
    for (let from = 0; from < 50_000; from += 5000) {
      const publishes = Array.from({ length: 5000 }, (_, index) => {
        const request = from + index;
        return { request, cache: 'c', topic: `t${request}`, payload, text: true, publisherId: '' };
      });
      router.send({ publishes });
    }
    await router.result(49_999);
    expect(router.results.every(({ outcome }) => outcome === ACCEPTED)).toBe(true);
    expect(node.topics.size).toBe(50_000);
    expect(node.topics.historyBytes).toBeGreaterThan(0);
    const first = router.results[0]?.page ?? 0;

    clock.advance(800);
    router.send({});
    clock.advance(59_000);
    clock.advance(10_000);
    while (node.topics.size > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(node.topics.historyBytes).toBe(0);

    const again = connect();
    again.publish(1, 't0', 'again');
    const result = await again.result(1);
    expect(result.sequence).toBe(1);
    expect(result.page).toBeGreaterThan(first);
  });

  it('of feeds returns to baseline when routers are gone', async () => {
    const { clock, connect, node } = await start();
    const router = connect();
    const interests = Array.from({ length: 1000 }, (_, index) => {
      return { feed: index + 1, cache: 'c', topic: `t${index}`, page: 0, nextSequence: 0 };
    });
    router.send({ interests });
    await router.start(1000);
    router.close();
    while (node.links.links > 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(70_000);
    expect(node.topics.size).toBe(0);
    expect(node.links.unsentBytes).toBe(0);
  });
});

describe('room for topics', () => {
  it('when it returns, is told to routers that were refused, by the version said again', async () => {
    const { clock, connect, node } = await start({ topicsMax: 1, evictableAfterMs: 1_000_000 });
    const router = connect();
    router.publish(1, 'first', 'x');
    router.interest(1, 'second');
    await router.moved(1);
    for (let turn = 0; turn < 100; turn++) {
      clock.advance(700);
      router.publish(100 + turn, '', 'x');
      await router.result(100 + turn);
    }
    await router.until(() => router.versions[1]);
    expect(router.versions).toEqual([1, 1]);
    expect(node.topics.size).toBe(0);
  });
});

describe('stopping', () => {
  it('writes what is collected, tells the routers, and takes no more links', async () => {
    const { connect, node } = await start();
    const router = connect();
    router.interest(1, 't');
    await router.start(1);
    const payload = Buffer.from('last');
    node.topics.publish({ cache: 'c', topic: 't', payload, text: true, publisherId: '' }, 0);
    await node.stop();
    const ended = await router.ended;
    expect(ended).toMatchObject({ code: status.UNAVAILABLE });
    expect(ended.details).toBe('storage node s-0 is stopping');
    expect(payloadsOf(router, 1)).toEqual(['last']);
    expect((await connect().ended).code).toBe(status.UNAVAILABLE);
  });
});
