import { connect } from 'node:http2';
import { Metadata, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pubsub } from '../../../proto/index.ts';
import { ManualClock } from '../../../runtime/index.ts';
import { startOf } from '../start.ts';
import {
  type Collected,
  collect,
  PubsubClient,
  rawCall,
  rawFrame,
  subscription,
  type TestEdge,
  testEdge,
} from '../testing/index.ts';

let test: TestEdge;
let clock: ManualClock;
let client: PubsubClient;

beforeEach(async () => {
  clock = new ManualClock();
  test = await testEdge({}, clock);
  client = new PubsubClient(test.address);
});

afterEach(() => {
  client.close();
  test.edge.close();
});

/** The header by hand: a deadline of grpc-js would also end the call on the client's side. */
function withTimeout(timeout: string): Metadata {
  const metadata = new Metadata();
  metadata.set('grpc-timeout', timeout);
  return metadata;
}

async function open(topic: string, timeout?: string, of = client): Promise<Collected> {
  const before = test.service.subscriptions.length;
  const metadata = timeout === undefined ? new Metadata() : withTimeout(timeout);
  const stream = collect(of.subscribe(subscription(topic), metadata));
  await expect.poll(() => test.service.subscriptions.length, { interval: 1 }).toBe(before + 1);
  return stream;
}

function accept(topic: string, text: string): void {
  test.service.accept({
    cache: 'cache',
    topic,
    payload: Buffer.from(text),
    text: true,
    publisherId: '',
  });
}

const starts = (): string[] =>
  test.service.subscriptions.map(({ start }) =>
    start.from === 'after' ? `after ${start.position.sequence}` : start.from,
  );

describe('where a subscription starts', () => {
  const asked = (sequence: number, page: number): unknown => startOf({ sequence, page }, undefined);

  it('is what the client asks for', () => {
    expect(asked(0, 0)).toEqual({ from: 'now' });
    expect(asked(5, 0)).toEqual({ from: 'sequence', sequence: 5, page: 0 });
    expect(asked(5, 7)).toEqual({ from: 'sequence', sequence: 5, page: 7 });
    expect(asked(0, 7)).toEqual({ from: 'sequence', sequence: 1, page: 7 });
  });
});

describe('a subscription', () => {
  it('receives heartbeat and items, and ends with OK when the router ends it', async () => {
    const stream = await open('orders');
    await stream.atLeast(1);
    accept('orders', 'one');
    await stream.atLeast(2);
    expect(stream.messages[0]?.kind?.$case).toBe('heartbeat');
    expect(stream.items()).toEqual(['one']);
    test.service.open[0]?.end();
    expect(await stream.over).toBeUndefined();
    expect(test.edge.subscriptions()).toBe(0);
  });

  it('is refused before any response headers', async () => {
    const session = connect(`http://${test.address}`);
    const request = pubsub.SubscriptionRequest.encode({
      ...subscription('orders'),
      cacheName: 'other',
    });
    const { headers, trailers } = await rawCall(
      session,
      { ':path': pubsub.PubsubService.subscribe.path },
      [rawFrame(request.finish())],
    );
    expect(headers).toMatchObject({ 'grpc-status': '5' });
    expect(headers.err).toBeUndefined();
    expect(trailers).toBeUndefined();
    session.destroy();
  });

  it('gets no response headers before its first message', async () => {
    test.service.silent = true;
    const stream = client.subscribe(subscription('orders'));
    let responded = false;
    stream.on('metadata', () => (responded = true));
    stream.on('error', () => {});
    await expect.poll(() => test.service.subscriptions.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(responded).toBe(false);
    test.service.subscriptions[0]?.greet();
    await expect.poll(() => responded).toBe(true);
    stream.cancel();
  });

  it('ends with the status of the refusal when the router gives it up', async () => {
    const stream = await open('orders');
    await stream.atLeast(1);
    test.service.open[0]?.end({ refused: 'cache-not-found', message: 'deleted' });
    expect(await stream.over).toMatchObject({ code: status.NOT_FOUND, details: 'deleted' });
  });

  it('is closed when its client cancels it, or is lost', async () => {
    const cancelled = client.subscribe(subscription('orders'));
    cancelled.on('error', () => {});
    await expect.poll(() => test.service.open.length).toBe(1);
    cancelled.cancel();
    await expect.poll(() => test.service.open.length).toBe(0);
    await open('orders');
    client.close();
    test.edge.close();
    await expect.poll(() => test.service.open.length).toBe(0);
    expect(test.edge.subscriptions()).toBe(0);
  });

  it('may be ended by the router before it was even returned', async () => {
    test.service.subscribe = (_name, _start, sink) => {
      sink.write({ bytes: rawFrame(Buffer.of(0x1a, 0)) });
      sink.end(undefined);
      return { drained() {}, close() {}, position: () => undefined };
    };
    const stream = collect(client.subscribe(subscription('orders')));
    expect(await stream.over).toBeUndefined();
    expect(stream.messages).toHaveLength(1);
    expect(test.edge.subscriptions()).toBe(0);
  });

  it('with a timeout that is none is refused', async () => {
    const session = connect(`http://${test.address}`);
    const { headers } = await rawCall(
      session,
      { ':path': pubsub.PubsubService.subscribe.path, 'grpc-timeout': 'soon' },
      [rawFrame(pubsub.SubscriptionRequest.encode(subscription('orders')).finish())],
    );
    expect(headers).toMatchObject({ 'grpc-status': '3' });
    session.destroy();
  });
});

describe('a subscription with a timeout', () => {
  it('is ended with OK shortly before it', async () => {
    const stream = await open('orders', '5S');
    await stream.atLeast(1);
    clock.advance(3_950);
    expect(test.edge.subscriptions()).toBe(1);
    clock.advance(50);
    expect(await stream.over).toBeUndefined();
    expect(test.service.open).toHaveLength(0);
  });

  it('is never ended before its first message, but right after it', async () => {
    test.service.silent = true;
    const stream = await open('orders', '5S');
    // Less than from one ping to the next: this client gets no turn to answer any.
    clock.advance(25_000);
    expect(test.edge.subscriptions()).toBe(1);
    test.service.subscriptions[0]?.greet();
    expect(await stream.over).toBeUndefined();
    expect(stream.messages).toHaveLength(1);
  });

  it('leaves no deadline behind when it ends otherwise', async () => {
    const stream = await open('orders', '5S');
    accept('orders', 'one');
    await stream.atLeast(2);
    test.service.open[0]?.end();
    await stream.over;
    client.close();
    await expect.poll(() => clock.pending).toBe(0);
  });
});

describe('a client that comes back on its connection without a position', () => {
  async function endByTimeout(...streams: Collected[]): Promise<void> {
    clock.advance(4_750);
    for (const stream of streams) expect(await stream.over).toBeUndefined();
  }

  it('goes on where its stream was ended', async () => {
    accept('orders', 'before');
    await endByTimeout(await open('orders', '5S'));
    accept('orders', 'between');
    const again = await open('orders');
    accept('orders', 'after');
    await again.atLeast(3);
    expect(again.items()).toEqual(['between', 'after']);
    expect(starts()).toEqual(['now', 'after 1']);
  });

  it('does so once', async () => {
    await endByTimeout(await open('orders', '5S'));
    await open('orders');
    await open('orders');
    expect(starts()).toEqual(['now', 'after 0', 'now']);
  });

  it('does so for each of its streams', async () => {
    const first = await open('orders', '5S');
    clock.advance(25);
    const second = await open('orders', '5S');
    const other = await open('other', '5S');
    await endByTimeout(first, second, other);
    accept('orders', 'between');
    const again = [await open('orders'), await open('orders')];
    for (const stream of again) {
      await stream.atLeast(2);
      expect(stream.items()).toEqual(['between']);
    }
    expect(starts().slice(3)).toEqual(['after 0', 'after 0']);
  });

  it('is a new one after some seconds, on another connection, or for another topic', async () => {
    await endByTimeout(await open('orders', '5S'));
    await open('other');
    const elsewhere = new PubsubClient(test.address);
    await open('orders', undefined, elsewhere);
    clock.advance(10_000);
    await open('orders');
    expect(starts()).toEqual(['now', 'now', 'now', 'now']);
    elsewhere.close();
  });

  it('is a new one when its stream had items: that one comes back with its position', async () => {
    const stream = await open('orders', '5S');
    accept('orders', 'one');
    await stream.atLeast(2);
    await endByTimeout(stream);
    await open('orders');
    expect(starts()).toEqual(['now', 'now']);
  });

  it('leaves nothing behind when its connection is gone', async () => {
    await endByTimeout(await open('orders', '5S'));
    // Of the deadlines, and of the engine.
    expect(clock.pending).toBe(2);
    client.close();
    await expect.poll(() => clock.pending).toBe(0);
  });

  it('keeps its position when it is refused meanwhile', async () => {
    await endByTimeout(await open('orders', '5S'));
    test.service.onSubscribe = () => ({ refused: 'unavailable', message: 'try again' });
    const refused = collect(client.subscribe(subscription('orders')));
    expect(await refused.over).toMatchObject({ code: status.UNAVAILABLE });
    test.service.onSubscribe = undefined;
    await open('orders');
    expect(starts()).toEqual(['now', 'after 0']);
  });
});

describe('a subscriber that does not read', () => {
  it('is written to no more, while another one gets everything; and goes on when it reads', async () => {
    const session = connect(`http://${test.address}`);
    const slow = session.request({
      ':method': 'POST',
      ':path': pubsub.PubsubService.subscribe.path,
      'content-type': 'application/grpc',
    });
    slow.end(rawFrame(pubsub.SubscriptionRequest.encode(subscription('orders')).finish()));
    await expect.poll(() => test.service.subscriptions.length).toBe(1);
    const quick = await open('orders');
    const text = 'x'.repeat(10_000);
    for (let index = 0; index < 300; index += 1) accept('orders', text);
    await quick.atLeast(301);
    const [slowSubscription] = test.service.subscriptions;
    expect(slowSubscription?.blocked).toBe(true);
    // One flow-control window and what node:http2 queues, far from the 3 MB.
    expect(slowSubscription?.bytes).toBeLessThan(200_000);
    slow.resume();
    await expect.poll(() => slowSubscription?.bytes, { timeout: 3_000 }).toBeGreaterThan(3_000_000);
    session.destroy();
  });
});
