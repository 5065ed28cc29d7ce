import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { measured, quantile, round } from '../support/measured.ts';
import { RawClient } from '../support/raw-client.ts';
import { SdkClient } from '../support/sdk-client.ts';
import { sound } from '../support/settle.ts';
import { Watch } from '../support/watch.ts';

const cache = 'cache';
const topics = Array.from({ length: 1_000 }, (_, n) => `topic-${n}`);
const publishes = 20_000;
const publishersAtOnce = 32;
/** On top of 3 raw subscribers a topic, these topics have one through the SDK. */
const sdkTopics = topics.slice(0, 50);

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ routers: 3, storage: 3 });
});
afterAll(() => cluster.stop());

it('20,000 publishes on 1,000 topics reach 3 subscribers each, over 3 routers and 3 storage nodes, in order and complete', async () => {
  const watch = new Watch();
  const clients = Array.from({ length: 9 }, () => new RawClient(cluster.endpoint, watch));
  const sdk = new SdkClient(cluster.endpoint, watch);
  const latenciesMs: number[] = [];
  const item = (id: string, atMs: number) => latenciesMs.push(watch.ageMs(id, atMs));

  const subscriptions = topics.flatMap((topic, n) =>
    [0, 3, 6].map((group) => clientOf(clients, (n % 3) + group).subscribe(cache, topic, { item })),
  );
  await Promise.all(subscriptions.map(({ attached }) => attached));
  const viaSdk = await Promise.all(sdkTopics.map((topic) => sdk.subscribe(cache, topic)));
  const perRouter = (await cluster.states('router')).map((state) => state.subscriptions);
  expect(Math.min(...perRouter), 'every router serves some').toBeGreaterThan(0);

  const startMs = performance.now();
  let left = publishes;
  const publishInTurn = async (n: number): Promise<void> => {
    const publisher = watch.name('publisher');
    const client = n === 0 ? sdk : clientOf(clients, n % clients.length);
    // Four publishers meet on every topic, and each comes by several times.
    const own = topics.filter((_, at) => at % 8 === n % 8);
    for (let turn = n; left > 0; turn++) {
      left--;
      const topic = own[turn % own.length] ?? '';
      const error = await client.publish(
        publisher,
        cache,
        topic,
        watch.name('m'),
        (turn % 5) * 100,
      );
      expect(error).toBeUndefined();
    }
  };
  await Promise.all(Array.from({ length: publishersAtOnce }, (_, n) => publishInTurn(n)));
  const seconds = (performance.now() - startMs) / 1000;

  const { counts } = await sound(watch);
  expect(counts.acked).toBe(publishes);
  expect(counts.delivered).toBeGreaterThan(publishes * 3);
  expect(counts.discontinuities).toBe(0);
  measured(
    `${round(publishes / seconds)} publishes/s by ${publishersAtOnce} awaiting publishers, ${round(counts.delivered / seconds)} deliveries/s, ` +
      `latency p50 ${round(quantile(latenciesMs, 0.5), 1)} ms, p99 ${round(quantile(latenciesMs, 0.99), 1)} ms`,
  );
  for (const subscription of viaSdk) subscription.close();
  for (const client of clients) client.close();
});

function clientOf(clients: readonly RawClient[], n: number): RawClient {
  const client = clients[n];
  if (!client) throw new Error(`there is no client ${n}`);
  return client;
}
