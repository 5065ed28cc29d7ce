import {
  CacheClient,
  Configurations,
  CreateCache,
  CredentialProvider,
  ListCaches,
  MomentoErrorCode,
  TopicClient,
  TopicConfigurations,
  type TopicItem,
  TopicPublish,
  TopicSubscribe,
} from '@gomomento/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestEdge, testEdge } from './testing/index.ts';

let test: TestEdge;
let client: TopicClient;

beforeEach(async () => {
  test = await testEdge();
  client = new TopicClient({
    credentialProvider: CredentialProvider.forMomentoLocal({
      hostname: '127.0.0.1',
      port: test.port,
    }),
    configuration: TopicConfigurations.Default.latest(),
  });
});

/** The client itself can't be closed; without subscriptions it rests. */
const subscriptions: TopicSubscribe.Subscription[] = [];

afterEach(() => {
  for (const subscription of subscriptions.splice(0)) subscription.unsubscribe();
  test.edge.close();
});

interface Heard {
  readonly values: (string | Uint8Array)[];
  readonly lost: number[];
  readonly errors: string[];
  readonly discontinuities: number[];
  readonly subscription: TopicSubscribe.Subscription;
  atLeast(count: number): Promise<void>;
}

async function listen(topic: string): Promise<Heard> {
  const values: (string | Uint8Array)[] = [];
  const lost: number[] = [];
  const errors: string[] = [];
  const discontinuities: number[] = [];
  let wake = (): void => {};
  const response = await client.subscribe('cache', topic, {
    onItem: (item: TopicItem) => {
      values.push(item.value());
      wake();
    },
    onError: (error) => void errors.push(error.toString()),
    onConnectionLost: () => void lost.push(Date.now()),
    onDiscontinuity: (gap) => void discontinuities.push(gap.newSequenceNumber()),
  });
  if (!(response instanceof TopicSubscribe.Subscription)) throw new Error(response.toString());
  subscriptions.push(response);
  return {
    values,
    lost,
    errors,
    discontinuities,
    subscription: response,
    async atLeast(count) {
      while (values.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

async function publish(topic: string, value: string | Uint8Array): Promise<void> {
  const response = await client.publish('cache', topic, value);
  expect(response, response.toString()).toBeInstanceOf(TopicPublish.Success);
}

describe('the Momento SDK for Node', () => {
  it('receives what it publishes: text, binary, empty, and 1 MiB', async () => {
    const heard = await listen('orders');
    const large = new Uint8Array(1024 * 1024).fill(0xab);
    const bytes = Uint8Array.of(0, 255, 128, 0);
    await publish('orders', 'one');
    await publish('orders', bytes);
    await publish('orders', '');
    await publish('orders', new Uint8Array(0));
    await publish('orders', large);
    await publish('orders', 'größe 漢字 🚀');
    await heard.atLeast(6);
    const empty = new Uint8Array(0);
    expect(heard.values.slice(0, 4)).toEqual(['one', bytes, empty, empty]);
    expect(Buffer.compare(heard.values[4] as Uint8Array, large)).toBe(0);
    expect(heard.values[5]).toBe('größe 漢字 🚀');
    expect(test.service.published.map(({ text }) => text)).toEqual([
      true,
      false,
      true,
      false,
      false,
      true,
    ]);
    expect(heard.errors).toEqual([]);
  });

  it('keeps topics apart by their full names', async () => {
    const names = ['größe', '漢字/1', '🚀', 'a b', 'a/b?c=d&e=%20'];
    const heard = await Promise.all(names.map((name) => listen(name)));
    for (const name of names) await publish(name, name);
    await Promise.all(heard.map((one) => one.atLeast(1)));
    expect(heard.map(({ values }) => values)).toEqual(names.map((name) => [name]));
  });

  it('is told CacheNotFound for an unknown cache', async () => {
    const published = await client.publish('nowhere', 'orders', 'one');
    expect(published).toBeInstanceOf(TopicPublish.Error);
    expect((published as TopicPublish.Error).errorCode()).toBe(
      MomentoErrorCode.CACHE_NOT_FOUND_ERROR,
    );
    const subscribed = await client.subscribe('nowhere', 'orders', {
      onItem: () => {},
      onError: () => {},
    });
    expect(subscribed).toBeInstanceOf(TopicSubscribe.Error);
    expect((subscribed as TopicSubscribe.Error).errorCode()).toBe(
      MomentoErrorCode.CACHE_NOT_FOUND_ERROR,
    );
  });

  it('is told which limit a publish breaks', async () => {
    const tooLarge = (await client.publish(
      'cache',
      'orders',
      new Uint8Array(2 * 1024 * 1024),
    )) as TopicPublish.Error;
    expect(tooLarge.errorCode()).toBe(MomentoErrorCode.LIMIT_EXCEEDED_ERROR);
    expect(tooLarge.message()).toContain('Item size limit exceeded');
    test.service.onPublish = async () => ({ refused: 'publish-rate', message: 'no subscribers' });
    const tooMany = (await client.publish('cache', 'orders', 'one')) as TopicPublish.Error;
    expect(tooMany.message()).toContain('Request rate limit exceeded');
    // The session is as good as before.
    test.service.onPublish = undefined;
    await publish('orders', 'two');
  });

  it('hears from a stream that was ended cleanly without noticing', async () => {
    const heard = await listen('orders');
    test.service.open[0]?.end();
    await publish('orders', 'one');
    await heard.atLeast(1);
    expect(heard.values).toEqual(['one']);
    expect(heard.lost).toEqual([]);
  });

  it('unsubscribes', async () => {
    const heard = await listen('orders');
    heard.subscription.unsubscribe();
    await expect.poll(() => test.service.open.length).toBe(0);
    expect(test.edge.subscriptions()).toBe(0);
  });

  it('sees the caches but cannot change them', async () => {
    const cacheClient = await CacheClient.create({
      credentialProvider: CredentialProvider.forMomentoLocal({
        hostname: '127.0.0.1',
        port: test.port,
      }),
      configuration: Configurations.Laptop.latest(),
      defaultTtlSeconds: 60,
    });
    const listed = await cacheClient.listCaches();
    expect((listed as ListCaches.Success).getCaches().map((cache) => cache.getName())).toEqual([
      'cache',
    ]);
    expect(await cacheClient.createCache('cache')).toBeInstanceOf(CreateCache.AlreadyExists);
    const created = (await cacheClient.createCache('another')) as CreateCache.Error;
    expect(created.errorCode()).toBe(MomentoErrorCode.FAILED_PRECONDITION_ERROR);
    expect(created.message()).toContain('add "another" under spec.caches');
    cacheClient.close();
  });

  // A real wait: the SDK's own 5 s deadline is what is under test.
  it('stays past its own deadline of 5 s, and loses nothing even where nothing was received', async () => {
    const [busy, idle] = await Promise.all([listen('busy'), listen('idle')]);
    // Published when the first stream is gone and the next one is not there yet.
    const idleTopic = { cache: 'cache', topic: 'idle' };
    for (const subscription of test.service.open) {
      if (subscription.name.topic !== 'idle') continue;
      subscription.onClose = () => {
        test.service.accept({
          ...idleTopic,
          payload: Buffer.from('first'),
          text: true,
          publisherId: '',
        });
      };
    }
    let sent = 0;
    const startMs = Date.now();
    while (Date.now() - startMs < 6_000) await publish('busy', `${sent++}`);
    await Promise.all([busy.atLeast(sent), idle.atLeast(1)]);
    expect(busy.values).toEqual(Array.from({ length: sent }, (_, index) => `${index}`));
    expect(idle.values).toEqual(['first']);
    for (const { lost, errors, discontinuities } of [busy, idle]) {
      expect({ lost, errors, discontinuities }).toEqual({
        lost: [],
        errors: [],
        discontinuities: [],
      });
    }
    const starts = test.service.subscriptions.slice(2);
    expect(starts.map(({ name, start }) => `${name.topic} ${start.from}`).sort()).toEqual([
      'busy sequence',
      'idle after',
    ]);
  }, 10_000);
});
