import { connect } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pubsub } from '../../proto/index.ts';
import { ManualClock } from '../../runtime/index.ts';
import {
  type Collected,
  collect,
  endStream,
  FrameTap,
  frameTypes,
  grpcHeaders,
  PubsubClient,
  RawPeer,
  rawFrame,
  rawHttp2Frame,
  subscription,
  type TestEdge,
  testEdge,
} from './testing/index.ts';

describe('a drain', () => {
  let test: TestEdge;
  let clock: ManualClock;
  let clients: PubsubClient[];

  beforeEach(async () => {
    clock = new ManualClock();
    test = await testEdge({}, clock);
    clients = [];
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

  async function subscribe(of: PubsubClient, count: number): Promise<Collected[]> {
    const streams = Array.from({ length: count }, () =>
      collect(of.subscribe(subscription('orders'))),
    );
    await Promise.all(streams.map((stream) => stream.atLeast(1)));
    return streams;
  }

  it('ends every stream with OK, evenly, connection by connection, the oldest first', async () => {
    const streams: Collected[][] = [];
    for (let n = 0; n < 10; n += 1) streams.push(await subscribe(client(), 2));
    const drained = test.edge.drain(4_000);
    const left: number[] = [];
    for (let ms = 600; ms <= 3_000; ms += 600) {
      clock.advance(600);
      left.push(test.edge.subscriptions());
      const moved = streams.slice(0, ms / 300).flat();
      expect(await Promise.all(moved.map((stream) => stream.over))).toEqual(
        moved.map(() => undefined),
      );
    }
    expect(left).toEqual([16, 12, 8, 4, 0]);
    await expect.poll(() => test.edge.connections()).toBe(0);
    clock.advance(50);
    expect(await drained).toEqual({ ended: 20, cut: 0 });
  });

  it('says GOAWAY to a connection when it is its turn, not before', async () => {
    const tap = await FrameTap.open(test.port);
    try {
      for (let n = 0; n < 2; n += 1) await subscribe(client(tap.address), 1);
      const saidGoaway = () =>
        tap.connections.map((frames) => frames.some(({ type }) => type === 'GOAWAY'));
      void test.edge.drain(4_000);
      clock.advance(2_000);
      await expect.poll(saidGoaway).toEqual([true, false]);
      clock.advance(1_000);
      await expect.poll(saidGoaway).toEqual([true, true]);
    } finally {
      tap.close();
    }
  });

  it('lets calls finish', async () => {
    const publisher = client();
    let answer = (_position: { page: number; sequence: number }): void => {};
    test.service.onPublish = () => new Promise((resolve) => (answer = resolve));
    const published = new Promise((resolve) => {
      publisher.publish(
        {
          cacheName: 'cache',
          topic: 'orders',
          value: { kind: { $case: 'text', value: 'one' } },
        },
        (error) => resolve(error?.code ?? status.OK),
      );
    });
    await expect.poll(() => test.service.published.length).toBe(1);
    const drained = test.edge.drain(4_000);
    clock.advance(1_000);
    answer({ page: 1, sequence: 1 });
    expect(await published).toBe(status.OK);
    await expect.poll(() => test.edge.connections()).toBe(0);
    clock.advance(50);
    expect(await drained).toEqual({ ended: 0, cut: 0 });
  });

  it('closes idle connections at once', async () => {
    const idle = connect(`http://${test.address}`);
    await new Promise((resolve) => idle.once('remoteSettings', resolve));
    const closed = new Promise((resolve) => idle.once('close', resolve));
    const drained = test.edge.drain(60_000);
    await closed;
    await expect.poll(() => test.edge.connections()).toBe(0);
    clock.advance(50);
    expect(await drained).toEqual({ ended: 0, cut: 0 });
  });

  it('with nobody there is over at once', async () => {
    expect(await test.edge.drain(60_000)).toEqual({ ended: 0, cut: 0 });
  });

  it('serves clients that come all the same, and moves them on', async () => {
    // Less than from one ping to the next: these clients get no turn to answer any.
    const drained = test.edge.drain(25_000);
    const [late] = await subscribe(client(), 1);
    clock.advance(50);
    expect(test.edge.subscriptions()).toBe(1);
    clock.advance(25_000);
    expect(await late?.over).toBeUndefined();
    await drained;
    const [later] = await subscribe(client(), 1);
    clock.advance(50);
    expect(await later?.over).toBeUndefined();
    await expect.poll(() => test.edge.connections()).toBe(0);
  });

  it('ends what clients open before they have heard that they should go', async () => {
    const peer = await RawPeer.open(test.port);
    await expect.poll(() => test.edge.connections()).toBe(1);
    await peer.frame(({ type }) => type === frameTypes.settings);
    const drained = test.edge.drain(60_000);
    await peer.frame(({ type }) => type === frameTypes.goaway);
    peer.request(1, grpcHeaders(pubsub.PubsubService.subscribe.path));
    const request = rawFrame(pubsub.SubscriptionRequest.encode(subscription('orders')).finish());
    peer.send(rawHttp2Frame(frameTypes.data, endStream, 1, request));
    await peer.frame(({ type, stream }) => type === frameTypes.data && stream === 1);
    await peer.frame(({ type, flags }) => type === frameTypes.headers && (flags & endStream) > 0);
    clock.advance(1_500);
    await peer.closed;
    await expect.poll(() => test.edge.connections()).toBe(0);
    clock.advance(50);
    await drained;
  });

  it('asked again is over by the earlier end', async () => {
    const streams = await subscribe(client(), 4);
    const first = test.edge.drain(60_000);
    const second = test.edge.drain(1_000);
    const third = test.edge.drain(30_000);
    clock.advance(800);
    expect(await Promise.all(streams.map((stream) => stream.over))).toEqual(
      streams.map(() => undefined),
    );
    await expect.poll(() => test.edge.connections()).toBe(0);
    clock.advance(50);
    expect(await Promise.all([first, second, third])).toEqual(
      Array.from({ length: 3 }, () => ({ ended: 4, cut: 0 })),
    );
  });

  it('leaves no timer behind once the edge is closed', async () => {
    const drained = test.edge.drain(1_000);
    await drained;
    test.edge.close();
    expect(clock.pending).toBe(0);
  });

  it('waits for the first message of a stream before it ends it', async () => {
    test.service.silent = true;
    const stream = collect(client().subscribe(subscription('orders')));
    await expect.poll(() => test.service.open.length).toBe(1);
    const drained = test.edge.drain(4_000);
    clock.advance(3_500);
    expect(test.edge.subscriptions()).toBe(1);
    test.service.open[0]?.greet();
    expect(await stream.over).toBeUndefined();
    await expect.poll(() => test.edge.connections()).toBe(0);
    clock.advance(50);
    await drained;
  });

  it('cuts who is left when the time is up, so that it sees a lost connection', async () => {
    test.service.silent = true;
    const stream = collect(client().subscribe(subscription('orders')));
    await expect.poll(() => test.service.open.length).toBe(1);
    const drained = test.edge.drain(1_000);
    clock.advance(1_000);
    expect(await drained).toMatchObject({ cut: 1 });
    expect(await stream.over).toMatchObject({ code: status.UNAVAILABLE });
    await expect.poll(() => test.edge.connections()).toBe(0);
  });

  it('is not held up by a client that reads nothing', async () => {
    const session = connect(`http://${test.address}`);
    session.on('error', () => {});
    const slow = session.request({
      ':method': 'POST',
      ':path': pubsub.PubsubService.subscribe.path,
      'content-type': 'application/grpc',
    });
    slow.on('error', () => {});
    slow.end(rawFrame(pubsub.SubscriptionRequest.encode(subscription('orders')).finish()));
    await expect.poll(() => test.service.open.length).toBe(1);
    for (let index = 0; index < 100; index += 1) {
      const payload = Buffer.alloc(10_000);
      test.service.accept({
        cache: 'cache',
        topic: 'orders',
        payload,
        text: false,
        publisherId: '',
      });
    }
    const drained = test.edge.drain(1_000);
    clock.advance(1_000);
    expect(await drained).toEqual({ ended: 1, cut: 1 });
    session.destroy();
  });
});

describe('close', () => {
  it('cuts everything, and clients see a lost connection', async () => {
    const test = await testEdge();
    const client = new PubsubClient(test.address);
    const stream = collect(client.subscribe(subscription('orders')));
    await stream.atLeast(1);
    test.edge.close();
    expect(await stream.over).toMatchObject({ code: status.UNAVAILABLE });
    await expect.poll(() => test.service.open.length).toBe(0);
    client.close();
  });
});
