import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../runtime/index.ts';
import type { Connection } from './engine.ts';
import { oldestConnections } from './shed.ts';
import type { Stream } from './streams.ts';
import {
  type Collected,
  collect,
  FrameTap,
  PubsubClient,
  type SeenFrame,
  subscription,
  type TestEdge,
  testEdge,
} from './testing/index.ts';

describe('the connections to shed', () => {
  const connections = [1, 2, 3, 4].map(
    (id): Connection => ({ id, remote: '', exchanges: 1, goaway() {}, close() {} }),
  );
  const streams = [3, 0, 2, 0].map(
    (at): Stream => ({ connection: connections[at] as Connection, informed: true, finish() {} }),
  );
  const ids = (count: number, except: readonly number[] = []) =>
    [...oldestConnections(streams, count, ({ id }) => except.includes(id))].map(({ id }) => id);

  it('are the oldest of those that hold streams', () => {
    expect(ids(2)).toEqual([1, 3]);
    expect(ids(9)).toEqual([1, 3, 4]);
    expect(ids(0)).toEqual([]);
  });

  it('are not those that are being moved', () => {
    expect(ids(2, [1])).toEqual([3, 4]);
  });
});

describe('a shed', () => {
  let test: TestEdge;
  let clock: ManualClock;
  let clients: PubsubClient[];
  let marks: number[];

  beforeEach(async () => {
    clock = new ManualClock();
    clients = [];
    marks = [];
    test = await testEdge({}, clock, { leaving: () => marks.push(clock.monotonicMs()) });
  });

  afterEach(() => {
    for (const client of clients) client.close();
    test.edge.close();
  });

  function client(address = test.address): PubsubClient {
    const one = new PubsubClient(address);
    clients.push(one);
    return one;
  }

  async function subscribe(
    of: PubsubClient,
    count: number,
    topic = 'orders',
  ): Promise<Collected[]> {
    const streams = Array.from({ length: count }, () => collect(of.subscribe(subscription(topic))));
    await Promise.all(streams.map((stream) => stream.atLeast(1)));
    return streams;
  }

  function publish(topic: string, text: string): void {
    const payload = Buffer.from(text);
    test.service.accept({ cache: 'cache', topic, payload, text: true, publisherId: '' });
  }

  const isOpen = (stream: Collected): Promise<boolean> =>
    Promise.race([
      stream.over.then(() => false),
      new Promise<true>((done) => setTimeout(done, 20, true)),
    ]);

  it('moves the oldest connections one after the other, evenly, and leaves the others alone', async () => {
    const old = await subscribe(client(), 4);
    const middle = await subscribe(client(), 4);
    const young = await subscribe(client(), 4);
    publish('orders', 'known to all');
    await Promise.all([...old, ...middle, ...young].map((stream) => stream.atLeast(2)));
    expect(test.edge.shed(2, 4_000)).toBe(2);
    const left: number[] = [];
    for (let ms = 1_000; ms <= 4_000; ms += 1_000) {
      clock.advance(1_000);
      left.push(test.edge.subscriptions());
    }
    expect(left).toEqual([10, 8, 6, 4]);
    for (const stream of [...old, ...middle]) expect(await stream.over).toBeUndefined();
    await expect.poll(() => test.edge.connections()).toBe(1);
    for (const stream of young) expect(await isOpen(stream)).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('lets calls in progress finish before the connection closes', async () => {
    const one = client();
    const [stream] = await subscribe(one, 1);
    let answer = (_position: { page: number; sequence: number }): void => {};
    test.service.onPublish = () => new Promise((resolve) => (answer = resolve));
    const request = {
      cacheName: 'cache',
      topic: 'orders',
      value: { kind: { $case: 'text', value: 'x' } as const },
    };
    const published = new Promise((resolve) => {
      one.publish(request, (error) => resolve(error?.code ?? status.OK));
    });
    await expect.poll(() => test.service.published.length).toBe(1);
    test.edge.shed(1, 0);
    clock.advance(200);
    expect(await stream?.over).toBeUndefined();
    expect(test.edge.connections()).toBe(1);
    answer({ page: 1, sequence: 1 });
    expect(await published).toBe(status.OK);
    await expect.poll(() => test.edge.connections()).toBe(0);
  });

  it('is left to finish when another one is asked for, and moves nobody twice', async () => {
    await subscribe(client(), 2);
    await subscribe(client(), 2);
    expect(test.edge.shed(1, 1_000)).toBe(1);
    expect(test.edge.shed(5, 1_000)).toBe(1);
    clock.advance(1_200);
    expect(test.edge.subscriptions()).toBe(2);
    expect(test.edge.shed(5, 1_000)).toBe(1);
    clock.advance(1_200);
    expect(test.edge.subscriptions()).toBe(0);
    expect(test.edge.shed(5, 1_000)).toBe(0);
  });

  it('marks topics before it ends streams whose clients cannot say where they were, and again every 3 s', async () => {
    const [informed] = await subscribe(client(), 1, 'busy');
    publish('busy', 'one');
    await informed?.atLeast(2);
    expect(test.edge.shed(1, 100)).toBe(1);
    clock.advance(200);
    expect(marks).toEqual([]);
    await subscribe(client(), 1, 'quiet');
    const startMs = clock.monotonicMs();
    expect(test.edge.shed(1, 0)).toBe(1);
    clock.advance(99);
    expect(test.edge.subscriptions()).toBe(1);
    clock.advance(51);
    expect(test.edge.subscriptions()).toBe(0);
    await subscribe(client(), 1, 'quiet');
    expect(test.edge.shed(1, 5_000)).toBe(1);
    clock.advance(5_200);
    expect(marks.map((ms) => ms - startMs)).toEqual([0, 150, 3_150]);
    expect(test.edge.subscriptions()).toBe(0);
  });

  it('does not count a client as moved twice that waits for its first message', async () => {
    test.service.silent = true;
    const stream = collect(client().subscribe(subscription('orders')));
    await expect.poll(() => test.edge.subscriptions()).toBe(1);
    expect(test.edge.shed(1, 0)).toBe(1);
    clock.advance(200);
    expect(test.edge.subscriptions()).toBe(1);
    expect(test.edge.shed(1, 0)).toBe(0);
    test.service.open[0]?.greet();
    expect(await stream.over).toBeUndefined();
  });

  it('loses nothing for a client that received nothing and comes back to the same router', async () => {
    publish('quiet', 'before its time');
    const [before] = await subscribe(client(), 1, 'quiet');
    test.edge.shed(1, 0);
    clock.advance(100);
    await before?.over;
    publish('quiet', 'between');
    const [after] = await subscribe(client(), 1, 'quiet');
    await after?.atLeast(2);
    expect(after?.items()).toEqual(['between']);
    clock.advance(10_000);
    const [later] = await subscribe(client(), 1, 'quiet');
    publish('quiet', 'later');
    await later?.atLeast(2);
    expect(later?.items()).toEqual(['later']);
  });

  it('ends with a drain, which moves everybody', async () => {
    await subscribe(client(), 2);
    await subscribe(client(), 2);
    test.edge.shed(1, 60_000);
    const drained = test.edge.drain(1_000);
    expect(test.edge.shed(1, 1_000)).toBe(0);
    clock.advance(800);
    expect(test.edge.subscriptions()).toBe(0);
    await expect.poll(() => test.edge.connections()).toBe(0);
    clock.advance(50);
    expect(await drained).toMatchObject({ cut: 0 });
  });

  it.each(['shed', 'drain'] as const)(
    'or a drain (%s) says GOAWAY before it ends streams, and resets none',
    async (how) => {
      const tap = await FrameTap.open(test.port);
      try {
        const streams = await subscribe(client(tap.address), 5);
        if (how === 'shed') test.edge.shed(1, 1_000);
        else void test.edge.drain(1_000);
        clock.advance(how === 'shed' ? 1_200 : 800);
        for (const stream of streams) expect(await stream.over).toBeUndefined();
        await expect.poll(() => test.edge.connections()).toBe(0);
        const frames = tap.connections[0] as SeenFrame[];
        const ends = frames.flatMap(({ endsStream }, at) => (endsStream ? [at] : []));
        expect(ends).toHaveLength(5);
        const goaway = frames.findIndex(({ type }) => type === 'GOAWAY');
        expect(frames[goaway]?.errorCode).toBe(0);
        expect(goaway).toBeGreaterThan(-1);
        expect(goaway).toBeLessThan(ends[0] as number);
        expect(frames.filter(({ type }) => type === 'RST_STREAM')).toEqual([]);
      } finally {
        tap.close();
      }
    },
  );
});
