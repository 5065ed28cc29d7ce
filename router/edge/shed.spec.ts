import { once } from 'node:events';
import { connect } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../runtime/index.ts';
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

describe('a shed', () => {
  let test: TestEdge;
  let clock: ManualClock;
  let clients: PubsubClient[];
  let marks: number[];

  beforeEach(async () => {
    clock = new ManualClock();
    clients = [];
    marks = [];
    test = await testEdge({}, clock, { shedding: () => marks.push(clock.monotonicMs()) });
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
    const clients = [1, 2, 3, 4, 5, 6].map(() => client());
    const streams: Collected[][] = [];
    for (const one of clients) streams.push(await subscribe(one, 3));
    publish('orders', 'known to all');
    await Promise.all(streams.flat().map((stream) => stream.atLeast(2)));
    expect(test.edge.shed(4, 4_000)).toBe(4);
    const left: number[] = [];
    for (let ms = 1_000; ms <= 4_000; ms += 1_000) {
      clock.advance(1_000);
      left.push(test.edge.subscriptions());
    }
    expect(left).toEqual([15, 12, 9, 6]);
    for (const stream of streams.slice(0, 4).flat()) expect(await stream.over).toBeUndefined();
    await expect.poll(() => test.edge.connections()).toBe(2);
    for (const stream of streams.slice(4).flat()) expect(await isOpen(stream)).toBe(true);
    test.edge.close();
    await expect.poll(() => clock.pending).toBe(0);
  });

  it('moves those with streams and those without in proportion, the oldest of each', async () => {
    const idle = [1, 2].map(() => connect(`http://${test.address}`));
    const told = new Set<number>();
    for (const [n, one] of idle.entries()) {
      one.on('goaway', () => told.add(n));
      await once(one, 'remoteSettings');
    }
    const streams: Collected[][] = [];
    for (const one of [1, 2, 3, 4].map(() => client())) streams.push(await subscribe(one, 1));
    expect(test.edge.shed(3, 0)).toBe(3);
    clock.advance(200);
    await expect.poll(() => test.edge.connections()).toBe(3);
    expect([...told]).toEqual([0]);
    expect(await Promise.all(streams.flat().map(isOpen))).toEqual([false, false, true, true]);
    expect(test.edge.shed(9, 0)).toBe(3);
    clock.advance(200);
    await expect.poll(() => test.edge.connections()).toBe(0);
    expect([...told]).toEqual([0, 1]);
    for (const one of idle) one.destroy();
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

  it('costs a client without streams nothing: its next call makes a connection', async () => {
    const one = client();
    const request = {
      cacheName: 'cache',
      topic: 'orders',
      value: { kind: { $case: 'text', value: 'x' } as const },
    };
    const codes = new Set<number>();
    const publishOne = () =>
      new Promise<void>((resolve) => {
        one.publish(request, (error) => {
          codes.add(error?.code ?? status.OK);
          resolve();
        });
      });
    for (let round = 0; round < 4; round++) {
      // Until the client has read the GOAWAY, its calls are served where they were.
      const publishAndShed = async () => {
        await publishOne();
        return test.edge.shed(1, 0);
      };
      await expect.poll(publishAndShed).toBe(1);
      clock.advance(100);
    }
    expect(codes).toEqual(new Set([status.OK]));
    expect(marks).toEqual([]);
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

  it('lets a connection with a quiet stream that was opened since the mark wait for the next one', async () => {
    await subscribe(client(), 1, 'quiet');
    const waits = client();
    await subscribe(waits, 1, 'quiet');
    await subscribe(client(), 1, 'quiet');
    expect(test.edge.shed(3, 1_000)).toBe(3);
    const startMs = clock.monotonicMs();
    clock.advance(50);
    await subscribe(waits, 1, 'new');
    clock.advance(2_949);
    expect(test.edge.subscriptions()).toBe(2);
    clock.advance(1);
    expect(marks.map((ms) => ms - startMs)).toEqual([0, 3_000]);
    clock.advance(99);
    expect(test.edge.subscriptions()).toBe(2);
    clock.advance(1);
    expect(test.edge.subscriptions()).toBe(0);
  });

  it('does not wait for ever for a client that opens quiet streams all the time', async () => {
    const one = client();
    await subscribe(one, 1, 'quiet');
    expect(test.edge.shed(1, 0)).toBe(1);
    for (const ms of [50, 2_950, 3_000]) {
      clock.advance(ms);
      await subscribe(one, 1, `quiet-${ms}`);
    }
    clock.advance(99);
    expect(test.edge.subscriptions()).toBe(4);
    clock.advance(51);
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
    'or a drain (%s) says GOAWAY, then ends the streams of the connection before anything else, and resets none',
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
        const goaway = frames.findIndex(({ type }) => type === 'GOAWAY');
        expect(frames[goaway]?.errorCode).toBe(0);
        // The PING asks whether the GOAWAY was heard.
        const said = frames.slice(goaway + 1).filter(({ type }) => type !== 'PING');
        const after = said.slice(0, streams.length);
        expect(after.map(({ type, endsStream }) => `${type} ${endsStream}`)).toEqual(
          streams.map(() => 'HEADERS true'),
        );
        expect(frames.filter(({ endsStream }) => endsStream)).toHaveLength(5);
        expect(frames.filter(({ type }) => type === 'RST_STREAM')).toEqual([]);
      } finally {
        tap.close();
      }
    },
  );
});
