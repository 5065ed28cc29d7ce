import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { measured, round } from '../support/measured.ts';
import { RawClient } from '../support/raw-client.ts';
import { SdkClient } from '../support/sdk-client.ts';
import { sound } from '../support/settle.ts';
import { Traffic } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { Watch } from '../support/watch.ts';

/**
 * The SDK puts a 5 s deadline on its first stream and, left alone, comes back 0.5 s after it fired. Whatever is
 * published around that moment must arrive, on topics that were busy and on topics where nothing had come yet.
 */
const cache = 'cache';
const busy = Array.from({ length: 10 }, (_, n) => `busy-${n}`);
/** Their first items come one after the other, from before the moment to after it. */
const quiet = Array.from({ length: 20 }, (_, n) => `quiet-${n}`);
const windowStartMs = 4_500;
const windowStepMs = 75;
const windowEndMs = 6_500;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ routers: 2, storage: 2 });
});
afterAll(() => cluster.stop());

it('SDK subscribers that stay longer than 5 s lose nothing, also where nothing had been received before', async () => {
  const watch = new Watch();
  const publisher = new RawClient(cluster.endpoint, watch);
  const clients = Array.from({ length: 3 }, () => new SdkClient(cluster.endpoint, watch));
  const startMs = performance.now();
  const subscriptions = await Promise.all(
    clients.flatMap((client) => [...busy, ...quiet].map((topic) => client.subscribe(cache, topic))),
  );

  const steady = new Traffic(watch, { cache, topics: busy, clients: [publisher], paceMs: 20 });
  await delay(windowStartMs - (performance.now() - startMs));
  for (const { items } of subscriptions.slice(busy.length, busy.length + quiet.length)) {
    expect(items, 'nothing was received yet').toBe(0);
  }
  const late: Traffic[] = [];
  for (const topic of quiet) {
    late.push(new Traffic(watch, { cache, topics: [topic], clients: [publisher], paceMs: 20 }));
    await delay(windowStepMs);
  }
  await delay(windowEndMs - (performance.now() - startMs));
  await until('every subscription got an item', 60_000, () =>
    subscriptions.every(({ items }) => items > 0),
  );
  await Promise.all([steady, ...late].map((traffic) => traffic.stop()));

  const { counts } = await sound(watch);
  expect(counts.discontinuities).toBe(0);
  for (const { errors } of subscriptions) expect(errors).toEqual([]);
  const lost = subscriptions.reduce((sum, { connectionsLost }) => sum + connectionsLost, 0);
  const silenceMs = Math.max(...subscriptions.slice(0, busy.length).map((s) => s.silenceMsMax));
  measured(
    `${subscriptions.length} SDK subscriptions past 5 s: ${lost} lost connections, longest silence on a busy topic ${round(silenceMs)} ms`,
  );
  for (const subscription of subscriptions) subscription.close();
  publisher.close();
});
