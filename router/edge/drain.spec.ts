import { connect } from 'node:http2';
import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pubsub } from '../../proto/index.ts';
import { ManualClock } from '../../runtime/index.ts';
import { drainStep } from './drain.ts';
import {
  type Collected,
  collect,
  PubsubClient,
  rawFrame,
  subscription,
  type TestEdge,
  testEdge,
} from './testing/index.ts';

describe('the pace of a drain', () => {
  it('is even, and everything is ended when the window closes, whatever its numbers', () => {
    const input = fc.record({
      streams: fc.nat(100_000),
      steps: fc.integer({ min: 1, max: 200 }),
      stepMs: fc.integer({ min: 10, max: 1_000 }),
    });
    fc.assert(
      fc.property(input, ({ streams, steps, stepMs }) => {
        const windowMs = steps * stepMs;
        let open = streams;
        let carry = 0;
        for (let taken = 0; taken < steps; taken += 1) {
          const sinceStartMs = taken * stepMs;
          const next = drainStep({ open, sinceStartMs, windowMs, stepMs, carry });
          open -= next.count;
          carry = next.carry;
          const fair = streams * (1 - (taken + 1) / steps);
          expect(Math.abs(open - fair)).toBeLessThan(1.001);
        }
        expect(open).toBe(0);
      }),
    );
  });

  it('catches up with streams that come in the middle and steps that are late', () => {
    const step = { windowMs: 1_000, stepMs: 100, carry: 0 };
    expect(drainStep({ ...step, open: 10, sinceStartMs: 0 }).count).toBe(1);
    expect(drainStep({ ...step, open: 50, sinceStartMs: 500 }).count).toBe(10);
    expect(drainStep({ ...step, open: 50, sinceStartMs: 1_500 }).count).toBe(50);
  });
});

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

  function client(): PubsubClient {
    const one = new PubsubClient(test.address);
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

  it('ends every stream with OK, evenly, connection by connection', async () => {
    const streams = [...(await subscribe(client(), 10)), ...(await subscribe(client(), 10))];
    const codes = Promise.all(streams.map((stream) => stream.over));
    const drained = test.edge.drain(4_000);
    const left: number[] = [];
    for (let ms = 600; ms <= 3_000; ms += 600) {
      clock.advance(600);
      left.push(test.edge.subscriptions());
    }
    expect(left).toEqual([16, 12, 8, 4, 0]);
    expect(await codes).toEqual(streams.map(() => undefined));
    await expect.poll(() => test.edge.connections()).toBe(0);
    clock.advance(50);
    expect(await drained).toEqual({ ended: 20, cut: 0 });
    expect(clock.pending).toBe(0);
  });

  it('lets calls finish, and takes no new socket', async () => {
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
    const late = connect(`http://${test.address}`);
    const refused = await new Promise<{ code?: string }>((resolve) => late.on('error', resolve));
    expect(refused.code).toBe('ECONNREFUSED');
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
