import { writeFileSync } from 'node:fs';
import {
  CacheClient,
  CacheNotFoundError,
  Configurations,
  CreateCache,
  CredentialProvider,
  ListCaches,
  type TopicItem,
  TopicPublish,
  TopicSubscribe,
} from '@gomomento/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { Command, run } from '../support/command.ts';
import { measured, round } from '../support/measured.ts';
import { SdkClient } from '../support/sdk-client.ts';
import { until } from '../support/until.ts';
import { Watch } from '../support/watch.ts';

const caches = [{ name: 'cache' }, { name: 'doomed' }];
const mebibyte = 1024 * 1024;
/** See `topicplane --help`. */
const cacheNotFoundCode = 3;
const topicNames = [
  ['of many scripts', 'ünï/cødé 話題 🎈'],
  ['with what URLs, shells and JSON escape', 'a b?c=d&e%20f#g$(h)\'"\\'],
  ['that looks like a path', '../..'],
  ['of a thousand bytes', 'x'.repeat(1_000)],
] as const;

let cluster: Cluster;
let sdk: SdkClient;
beforeAll(async () => {
  cluster = await Cluster.start({ caches, routers: 2, storage: 2 });
  sdk = new SdkClient(cluster.endpoint, new Watch());
});
afterAll(() => cluster.stop());

const at = (cache: string) => ['--endpoint', cluster.endpoint, '--cache', cache];

interface Source {
  readonly text?: string;
  readonly file?: string;
  readonly stdin?: string;
}

/** `topicplane publish`, to its end. */
function publish(topic: string, { text, file, stdin }: Source): Promise<Command> {
  const from = file === undefined ? [] : ['--file', file];
  const args = [
    'publish',
    ...at('cache'),
    ...from,
    '--',
    topic,
    ...(text === undefined ? [] : [text]),
  ];
  return run(args, stdin === undefined ? {} : { stdin });
}

/** `topicplane subscribe --json`, once it is live. */
async function subscribe(cache: string, topic: string, count: number): Promise<Command> {
  const before = await subscriptions();
  const command = new Command([
    ...['subscribe', ...at(cache), '--json', '--count', String(count), '--', topic],
  ]);
  await until('the command has subscribed', 60_000, async () => (await subscriptions()) > before);
  return command;
}

async function subscriptions(): Promise<number> {
  const routers = await cluster.states('router');
  return routers.reduce((sum, state) => sum + state.subscriptions, 0);
}

interface Item {
  readonly sequence: number;
  readonly page: number;
  readonly text?: string;
  readonly binary?: string;
}

function itemsOf(command: Command): Item[] {
  return command.lines.map((line) => JSON.parse(line) as Item);
}

/** A subscription of the SDK that keeps what it receives. */
async function listen(topic: string): Promise<{ received: TopicItem[]; unsubscribe: () => void }> {
  const received: TopicItem[] = [];
  const subscription = await sdk.topics.subscribe('cache', topic, {
    onItem: (item) => received.push(item),
  });
  if (subscription instanceof TopicSubscribe.Error) throw new Error(subscription.toString());
  return { received, unsubscribe: () => subscription.unsubscribe() };
}

function expectCacheNotFound(error: TopicPublish.Error | TopicSubscribe.Error | undefined): void {
  expect(error?.innerException()).toBeInstanceOf(CacheNotFoundError);
}

describe('an item published by the command', () => {
  it.each(topicNames)('is received by the SDK on a topic %s', async (_, topic) => {
    const { received, unsubscribe } = await listen(topic);
    const published = await publish(topic, { text: 'grüße 🎈' });
    expect(published.errors).toBe('');
    await until('the item', 60_000, () => received.length === 1);
    expect(received[0]?.value()).toBe('grüße 🎈');
    expect(received[0]?.sequenceNumber()).toBe(1);
    unsubscribe();
  });

  it('may be empty, binary from a file, or one of many lines of stdin', async () => {
    const { received, unsubscribe } = await listen('kinds');
    const file = cluster.scratchFile('');
    const bytes = Buffer.from([0, 255, 128, 10, 13, 0]);
    writeFileSync(file, bytes);
    await publish('kinds', { text: '' });
    await publish('kinds', { file });
    await publish('kinds', { stdin: 'one\ntwo\nthree\n' });
    await until('all items', 60_000, () => received.length === 5);
    const [empty, binary, ...lines] = received.map((item) => item.value());
    expect(empty?.length).toBe(0);
    expect(binary).toEqual(new Uint8Array(bytes));
    expect(lines).toEqual(['one', 'two', 'three']);
    unsubscribe();
  });

  it('may be as large as the limit', async () => {
    const { received, unsubscribe } = await listen('large');
    const file = cluster.scratchFile('x'.repeat(mebibyte));
    const published = await publish('large', { file });
    expect(published.errors).toBe('');
    await until('the item', 60_000, () => received.length === 1);
    expect(received[0]?.value()).toHaveLength(mebibyte);
    unsubscribe();
  });
});

describe('an item published by the SDK', () => {
  it.each(topicNames)('is received by the command on a topic %s', async (_, topic) => {
    const command = await subscribe('cache', topic, 1);
    expect(await sdk.topics.publish('cache', topic, 'grüße 🎈')).toBeInstanceOf(
      TopicPublish.Success,
    );
    expect((await command.ended).code).toBe(0);
    expect(itemsOf(command)).toMatchObject([{ text: 'grüße 🎈' }]);
  });

  it('may be text, binary, empty, and as large as the limit', async () => {
    const command = await subscribe('cache', 'all-kinds', 5);
    const bytes = Buffer.from([0, 255, 128, 10, 13, 0]);
    for (const value of ['text', bytes, '', new Uint8Array(0), 'x'.repeat(mebibyte)]) {
      expect(await sdk.topics.publish('cache', 'all-kinds', value)).toBeInstanceOf(
        TopicPublish.Success,
      );
    }
    expect((await command.ended).code).toBe(0);
    const items = itemsOf(command);
    expect(items.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(new Set(items.map(({ page }) => page)).size).toBe(1);
    const [text, binary, emptyText, emptyBinary, large] = items;
    expect(text).toMatchObject({ text: 'text' });
    expect(binary).toMatchObject({ binary: bytes.toString('base64') });
    expect(emptyText).toMatchObject({ text: '' });
    expect(emptyBinary).toMatchObject({ binary: '' });
    expect(large?.text).toHaveLength(mebibyte);
  });
});

describe('the caches of the cluster', () => {
  it("are listed to the SDK's cache client, and creating one that exists says so", async () => {
    const [hostname = '', port] = cluster.endpoint.split(':');
    const client = new CacheClient({
      credentialProvider: CredentialProvider.forMomentoLocal({ hostname, port: Number(port) }),
      configuration: Configurations.Laptop.latest(),
      defaultTtlSeconds: 60,
    });
    const listed = await client.listCaches();
    expect(listed).toBeInstanceOf(ListCaches.Success);
    const names = (listed as ListCaches.Success).getCaches().map((each) => each.getName());
    expect(names.toSorted()).toEqual(['cache', 'doomed']);
    expect(await client.createCache('cache')).toBeInstanceOf(CreateCache.AlreadyExists);
    const refused = await client.createCache('another');
    expect((refused as CreateCache.Error).message()).toContain('TopicCluster');
    client.close();
  });
});

describe('a cache that the cluster does not have', () => {
  it("is the SDK's CacheNotFound on publish and on subscribe", async () => {
    const published = await sdk.topics.publish('nowhere', 't', 'x');
    expect(published).toBeInstanceOf(TopicPublish.Error);
    expectCacheNotFound(published as TopicPublish.Error);
    const subscribed = await sdk.topics.subscribe('nowhere', 't', {});
    expect(subscribed).toBeInstanceOf(TopicSubscribe.Error);
    expectCacheNotFound(subscribed as TopicSubscribe.Error);
  });

  it('is a clear error of the command', async () => {
    const published = await run(['publish', ...at('nowhere'), 't', 'x']);
    expect((await published.ended).code).toBe(cacheNotFoundCode);
    expect(published.errors).toContain('nowhere');
    const subscribed = await run(['subscribe', ...at('nowhere'), 't']);
    expect((await subscribed.ended).code).toBe(cacheNotFoundCode);
    expect(subscribed.errors).toContain('nowhere');
  });

  it('ends its subscriptions within 2 s when it is deleted, and nobody else notices', async () => {
    const doomed = await Promise.all(
      ['a', 'b', 'c'].map((topic) => sdk.subscribe('doomed', topic)),
    );
    const safe = await sdk.subscribe('cache', 'safe');
    const command = await subscribe('doomed', 'a', 1);
    const startMs = performance.now();
    cluster.edit({ caches: [{ name: 'cache' }], routers: 2, storage: 2 });
    await until('every subscription of the cache ended', 60_000, () =>
      doomed.every(({ errors }) => errors.length > 0),
    );
    const endedMs = performance.now() - startMs;
    for (const { errors, isSubscribed } of doomed) {
      expectCacheNotFound(errors[0]);
      expect(isSubscribed).toBe(false);
    }
    expect(safe.errors).toEqual([]);
    expect(safe.isSubscribed).toBe(true);
    expect((await command.ended).code).toBe(cacheNotFoundCode);
    expect(command.errors).toContain('doomed');
    measured(`subscriptions ended ${round(endedMs)} ms after the edit that deleted their cache`);
    safe.close();
  });
});
