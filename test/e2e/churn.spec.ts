import { TopicSubscribe } from '@gomomento/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pubsub } from '../../proto/index.ts';
import { BareConnection, frame } from '../support/bare-call.ts';
import { Cluster } from '../support/cluster.ts';
import { measured, round } from '../support/measured.ts';
import { RawClient } from '../support/raw-client.ts';
import { SdkClient } from '../support/sdk-client.ts';
import { sound } from '../support/settle.ts';
import { Traffic } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { Watch } from '../support/watch.ts';

const cache = 'cache';
const cycles = 20_000;
/** Enough to wear out each of the SDK's four connections. */
const sdkCycles = 6_000;
const topicsTouched = 50_000;
const atOnce = 32;
/** A connection that resets more streams than this in a row is retired by the router. */
const cyclesPerConnection = 500;
const backWithinMs = 60_000;
/** By which the one router proves that it delivers, through each storage node. */
const canaryTopics = 2;
/** Less than 50,000 topics or 20,000 subscriptions would leave behind, more than noise. */
const heapGrowthBytesMax = 8 * 1024 * 1024;

let cluster: Cluster;
let client: RawClient;
const watch = new Watch();
beforeAll(async () => {
  cluster = await Cluster.start({
    routers: 1,
    storage: 2,
    history: { ageSeconds: 1, idleSeconds: 1 },
  });
  client = new RawClient(cluster.endpoint, watch);
});
afterAll(async () => {
  client.close();
  await cluster.stop();
});

it('20,000 subscriptions that come and go and 50,000 topics touched once leave nothing behind', async () => {
  const bystander = client.subscribe(cache, 'bystander');
  await bystander.attached;
  await touch(topicsTouched / 10);
  await comeAndGo(cycles / 10);
  await interestIsBack();
  const before = await cluster.heapBytes();

  const startMs = performance.now();
  await comeAndGo(cycles);
  const cycledMs = performance.now();
  await touch(topicsTouched);
  const touchedMs = performance.now();
  const held = (await cluster.states('storage')).reduce((sum, { topics }) => sum + topics, 0);
  await client.publish('p', cache, 'bystander', watch.name('m'));
  await interestIsBack();
  const idleMs = performance.now();

  const after = await cluster.heapBytes();
  const growth = [...after].map(([name, bytes]) => ({
    name,
    bytes: bytes - (before.get(name) ?? 0),
  }));
  measured(
    `${cycles} subscribe/unsubscribe in ${round((cycledMs - startMs) / 1000, 1)} s, ${topicsTouched} topics in ${round((touchedMs - cycledMs) / 1000, 1)} s ` +
      `(${held} held at the end), forgotten ${round((idleMs - touchedMs) / 1000, 1)} s later; heap grew by ` +
      growth.map(({ name, bytes }) => `${round(bytes / 1024)} KiB (${name})`).join(', '),
  );
  for (const { name, bytes } of growth) expect(bytes, name).toBeLessThan(heapGrowthBytesMax);
  expect((await sound(watch)).counts.discontinuities).toBe(0);
});

it('an SDK client that subscribes and unsubscribes thousands of times keeps its other subscriptions', async () => {
  const other = new Watch();
  const sdk = new SdkClient(cluster.endpoint, other);
  const topics = Array.from({ length: 8 }, (_, n) => `kept-${n}`);
  const kept = await Promise.all(topics.map((topic) => sdk.subscribe(cache, topic)));
  const traffic = new Traffic(other, { cache, topics, clients: [sdk], paceMs: 20 });
  for (let round = 0; round < sdkCycles / atOnce; round++) {
    const short = await Promise.all(
      Array.from({ length: atOnce }, (_, n) => sdk.topics.subscribe(cache, `short-${n}`, {})),
    );
    for (const each of short) {
      if (each instanceof TopicSubscribe.Error) throw new Error(each.toString());
      each.unsubscribe();
    }
  }
  await traffic.stop();
  expect((await sound(other)).counts.discontinuities).toBe(0);
  for (const { errors, isSubscribed } of kept) {
    expect(errors).toEqual([]);
    expect(isSubscribed).toBe(true);
  }
  for (const subscription of kept) subscription.close();
});

/** Only the bystander's topic is left. */
async function interestIsBack(): Promise<void> {
  await until('interest is back at the baseline', backWithinMs, async () => {
    const routers = await cluster.states('router');
    return routers.every(({ topics, subscriptions }) => topics === 1 && subscriptions === 1);
  });
  await until('topics are back at the baseline', backWithinMs, async () => {
    const storage = await cluster.states('storage');
    return storage.reduce((sum, { topics }) => sum + topics, 0) === 1 + canaryTopics;
  });
}

async function comeAndGo(count: number): Promise<void> {
  const worn = new Map<BareConnection, number>();
  await inParallel(count, async (n, connection) => {
    const request = pubsub.SubscriptionRequest.encode({
      cacheName: cache,
      topic: `visited-${n % 10_000}`,
      resumeAtTopicSequenceNumber: 0,
      sequencePage: 0,
    });
    const path = pubsub.PubsubService.subscribe.path;
    expect(await connection.glance(path, frame(request.finish()))).toBe(true);
    worn.set(connection, (worn.get(connection) ?? 0) + 1);
    return worn.get(connection) === cyclesPerConnection;
  });
}

function touch(count: number): Promise<void> {
  return inParallel(count, async (n, connection) => {
    const request = pubsub.PublishRequest.encode({
      cacheName: cache,
      topic: `touched-${n}`,
      value: { kind: { $case: 'text', value: 'x' } },
    });
    const { grpcStatus } = await connection.call(
      pubsub.PubsubService.publish.path,
      frame(request.finish()),
    );
    if (grpcStatus !== 0) throw new Error(`a publish ended with status ${grpcStatus}`);
    return false;
  });
}

/** Does `work` `count` times, on many connections; one of which it says that it is worn is replaced. */
async function inParallel(
  count: number,
  work: (n: number, connection: BareConnection) => Promise<boolean>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    let connection = new BareConnection(cluster.endpoint);
    while (next < count) {
      if (!(await work(next++, connection))) continue;
      connection.close();
      connection = new BareConnection(cluster.endpoint);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
