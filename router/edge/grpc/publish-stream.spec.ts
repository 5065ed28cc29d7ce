import { type ClientDuplexStream, credentials, type ServiceError } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publishing } from '../../../proto/index.ts';
import { ManualClock } from '../../../runtime/index.ts';
import type { PublishAnswered, PublishRequest } from '../../service.ts';
import { type TestEdge, testEdge } from '../testing/index.ts';

type Duplex = ClientDuplexStream<publishing.PublishRequest, publishing.PublishResponse>;

let test: TestEdge;
let clock: ManualClock;
let client: publishing.PublishServiceClient;

beforeEach(async () => {
  clock = new ManualClock();
  test = await testEdge({ publishStreamItemsMax: 100, publishStreamBytesMax: 100_000 }, clock);
  client = new publishing.PublishServiceClient(test.address, credentials.createInsecure());
});

afterEach(async () => {
  client.close();
  test.edge.close();
  await expect.poll(() => clock.pending).toBe(0);
});

const item = (topic: string, text: string, cache = ''): publishing.PublishRequest => ({
  cache,
  topic,
  value: { $case: 'text', value: text },
});

interface Watched {
  readonly stream: Duplex;
  acknowledged: number;
  readonly refused: publishing.Refusal[];
  readonly over: Promise<ServiceError | undefined>;
}

function open(): Watched {
  const stream = client.publish();
  const over = new Promise<ServiceError | undefined>((resolve) => {
    stream.on('error', (error) => resolve(error as ServiceError));
    stream.on('end', () => resolve(undefined));
  });
  const watched: Watched = { stream, acknowledged: 0, refused: [], over };
  stream.on('data', ({ acknowledged, refused }: publishing.PublishResponse) => {
    expect(acknowledged).toBeGreaterThanOrEqual(watched.acknowledged);
    watched.acknowledged = acknowledged;
    watched.refused.push(...refused);
  });
  return watched;
}

/** Answers are given by hand. */
function holdAnswers(): { readonly request: PublishRequest; readonly answered: PublishAnswered }[] {
  const held: { readonly request: PublishRequest; readonly answered: PublishAnswered }[] = [];
  test.service.publish = (request, answered) => void held.push({ request, answered });
  return held;
}

const accepted = { page: 7, sequence: 1 };

describe('a stream of publishes', () => {
  it('publishes all items in their order, and acknowledges them', async () => {
    const watched = open();
    watched.stream.write(item('orders', '0', 'cache'));
    for (let n = 1; n < 1_000; n += 1) watched.stream.write(item('', String(n)));
    watched.stream.end();
    expect(await watched.over).toBeUndefined();
    expect(watched.acknowledged).toBe(1_000);
    expect(watched.refused).toEqual([]);
    const texts = test.service.published.map(({ payload }) => Buffer.from(payload).toString());
    expect(texts).toEqual(Array.from({ length: 1_000 }, (_, n) => String(n)));
    expect(new Set(test.service.published.map(({ topic }) => topic))).toEqual(new Set(['orders']));
  });

  it('names each item that was refused, and goes on with the others', async () => {
    const watched = open();
    watched.stream.write(item('', 'no names yet'));
    watched.stream.write(item('orders', 'one', 'cache'));
    watched.stream.write(item('', 'two', 'none'));
    watched.stream.write({ cache: 'cache', topic: 'orders', value: undefined });
    watched.stream.write(item('orders', 'three', 'cache'));
    watched.stream.end();
    expect(await watched.over).toBeUndefined();
    expect(watched.acknowledged).toBe(5);
    expect(watched.refused.map(({ item: number, code }) => [number, code])).toEqual([
      [1, 3],
      [3, 5],
      [4, 3],
    ]);
    expect(test.service.items({ cache: 'cache', topic: 'orders' }).length).toBe(2);
  });

  it('acknowledges no further than everything before is answered', async () => {
    const held = holdAnswers();
    const watched = open();
    for (const text of ['a', 'b', 'c']) watched.stream.write(item('orders', text, 'cache'));
    await expect.poll(() => held.length).toBe(3);
    held[2]?.answered(accepted);
    held[1]?.answered({ refused: 'unavailable', message: 'the link broke' });
    await expect.poll(() => watched.refused.length).toBe(1);
    expect(watched.acknowledged).toBe(0);
    held[0]?.answered(accepted);
    await expect.poll(() => watched.acknowledged).toBe(3);
    watched.stream.end();
    expect(await watched.over).toBeUndefined();
  });

  it('is not read on while too much is unanswered', async () => {
    const held = holdAnswers();
    const watched = open();
    const payload = 'x'.repeat(10_000);
    for (let n = 0; n < 200; n += 1) watched.stream.write(item('orders', payload, 'cache'));
    await expect.poll(() => held.length).toBeGreaterThanOrEqual(10);
    await new Promise((resolve) => setTimeout(resolve, 500));
    // What the receive window lets in may have arrived before the pause.
    expect(held.length).toBeLessThan(60);
    let answered = 0;
    await expect
      .poll(() => {
        for (const { answered: answer } of held.slice(answered)) answer(accepted);
        answered = held.length;
        return answered;
      })
      .toBe(200);
    watched.stream.end();
    expect(await watched.over).toBeUndefined();
    expect(watched.acknowledged).toBe(200);
  });

  it('ends cleanly in a drain, with everything that was taken acknowledged', async () => {
    const held = holdAnswers();
    const watched = open();
    for (const text of ['a', 'b']) watched.stream.write(item('orders', text, 'cache'));
    await expect.poll(() => held.length).toBe(2);
    const drained = test.edge.drain(4_000);
    clock.advance(3_000);
    watched.stream.write(item('orders', 'late', 'cache'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const { answered } of held) answered(accepted);
    expect(await watched.over).toBeUndefined();
    expect(watched.acknowledged).toBe(held.length);
    expect(held.length).toBe(2);
    await expect.poll(() => test.edge.connections()).toBe(0);
    clock.advance(50);
    expect(await drained).toEqual({ ended: 1, cut: 0 });
  });

  it('is no subscription, and leaves nothing behind when its client goes', async () => {
    const held = holdAnswers();
    const watched = open();
    watched.stream.write(item('orders', 'a', 'cache'));
    await expect.poll(() => held.length).toBe(1);
    expect([test.edge.subscriptions(), test.edge.calls()]).toEqual([0, 1]);
    watched.stream.cancel();
    await expect.poll(() => test.edge.calls()).toBe(0);
    held[0]?.answered(accepted);
    expect((await watched.over)?.code).toBe(1);
  });
});
