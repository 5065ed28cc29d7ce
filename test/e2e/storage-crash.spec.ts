import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { measured, round } from '../support/measured.ts';
import { probe } from '../support/probe.ts';
import { RawClient } from '../support/raw-client.ts';
import { SdkClient } from '../support/sdk-client.ts';
import { sound } from '../support/settle.ts';
import { Traffic } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { Watch } from '../support/watch.ts';

const cache = 'cache';
const topics = Array.from({ length: 48 }, (_, n) => `topic-${n}`);
/** The aim is 5 s; a loaded machine gets more. */
const worksAgainWithinMs = 30_000;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ routers: 2, storage: 3 });
});
afterAll(() => cluster.stop());

it('after kill -9 of a storage node its topics work again, with one discontinuity each; other topics notice nothing', async () => {
  const watch = new Watch();
  const raw = new RawClient(cluster.endpoint, watch);
  const another = new RawClient(cluster.endpoint, watch);
  const sdk = new SdkClient(cluster.endpoint, watch);
  const readers = await Promise.all(
    topics.map(async (topic) => {
      const bare = another.subscribe(cache, topic);
      await bare.attached;
      return { topic, subscriptions: [bare, await sdk.subscribe(cache, topic)] };
    }),
  );
  const traffic = new Traffic(watch, { cache, topics, clients: [raw, another], paceMs: 60 });
  await until('every subscription got an item', 60_000, () =>
    readers.every(({ subscriptions }) => subscriptions.every(({ items }) => items > 0)),
  );
  traffic.forget();
  const pages = new Map(readers.map(({ topic, subscriptions }) => [topic, pageOf(subscriptions)]));

  await cluster.signal('e2e-storage-1', 'SIGKILL');
  const killedMs = performance.now();
  await until('publishes work again on every topic', worksAgainWithinMs, () =>
    topics.every((topic) => traffic.report(topic).lastAckMs > killedMs + 1_000),
  );
  await cluster.settled();
  await traffic.stop();
  const probeMs = await probe(watch, raw, cache, topics);
  const { counts } = await sound(watch);

  const affected = readers.filter(({ subscriptions }) =>
    subscriptions.some(({ notices }) => notices.length > 0),
  );
  const others = readers.filter((reader) => !affected.includes(reader));
  expect(affected.length).toBeGreaterThan(0);
  expect(others.length).toBeGreaterThan(affected.length / 2);
  for (const { topic, subscriptions } of affected) {
    for (const { name, notices } of subscriptions) {
      expect(notices.length, `discontinuities of ${name}`).toBe(1);
      expect(notices[0]?.page).toBeGreaterThan(pages.get(topic) ?? Number.NaN);
    }
  }
  for (const { topic, subscriptions } of others) {
    expect(traffic.report(topic).failed, `failed publishes on ${topic}`).toBe(0);
    expect(pageOf(subscriptions)).toBe(pages.get(topic));
  }
  const gapMs = (of: typeof readers) =>
    round(Math.max(...of.map(({ topic }) => traffic.report(topic).silenceMsMax)));
  measured(
    `storage node killed: ${affected.length} of ${topics.length} topics affected; longest time without an acknowledged publish ` +
      `${gapMs(affected)} ms there, ${gapMs(others)} ms elsewhere; ${counts.failed} publishes failed; probe ${round(probeMs)} ms`,
  );
  for (const { subscriptions } of readers) for (const each of subscriptions) each.close();
  raw.close();
  another.close();
});

function pageOf([bare]: readonly object[]): number | undefined {
  return (bare as { held?: { page: number } }).held?.page;
}
