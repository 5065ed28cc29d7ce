import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { makeFaults, randomFrom } from '../support/faults.ts';
import { measured, round } from '../support/measured.ts';
import { probe } from '../support/probe.ts';
import { RawClient } from '../support/raw-client.ts';
import { SdkClient } from '../support/sdk-client.ts';
import { sound } from '../support/settle.ts';
import { Traffic } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { Watch } from '../support/watch.ts';

const cache = 'cache';
const topics = Array.from({ length: 40 }, (_, n) => `topic-${n}`);
/** Another run: TOPICPLANE_SEED=7 TOPICPLANE_FAULTS_MS=60000 npx vitest run --project e2e test/e2e/many-faults */
const seed = Number(process.env['TOPICPLANE_SEED'] ?? 1);
const faultsMs = Number(process.env['TOPICPLANE_FAULTS_MS'] ?? 12_000);

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ routers: 3, storage: 3 });
});
afterAll(() => cluster.stop());

it(
  'whatever dies, freezes, comes and goes, nothing is lost in silence, and afterwards everything arrives',
  async () => {
    const watch = new Watch();
    const random = randomFrom(seed);
    const [raw, another] = [1, 2].map(() => new RawClient(cluster.endpoint, watch));
    if (!raw || !another) throw new Error('there are no clients');
    const sdk = new SdkClient(cluster.endpoint, watch);
    const bare = topics.map((topic) => another.subscribe(cache, topic));
    const viaSdk = await Promise.all(topics.map((topic) => sdk.subscribe(cache, topic)));
    const traffic = new Traffic(watch, { cache, topics, clients: [raw, another, sdk], paceMs: 80 });
    await until('every subscription got an item', 60_000, () =>
      [...bare, ...viaSdk].every(({ items }) => items > 0),
    );

    const faults = await makeFaults(cluster, {
      random,
      forMs: faultsMs,
      routersMax: 3,
      storageMax: 3,
      breakStreams: () => {
        for (const subscription of bare) if (random() < 0.3) subscription.breakOff('and resume');
      },
    });
    cluster.edit({ routers: 3, storage: 3 });
    await cluster.settled();
    const healedMs = performance.now();
    await until('publishes work on every topic', 60_000, () =>
      topics.every((topic) => traffic.report(topic).lastAckMs > healedMs),
    );
    await traffic.stop();
    const { counts } = await sound(watch);
    const probeMs = await probe(watch, raw, cache, topics);
    measured(
      `seed ${seed}: ${faults.join('; ')}. ${counts.acked} of ${counts.published} publishes acknowledged, ` +
        `${counts.delivered} deliveries, ${counts.discontinuities} discontinuities, ${counts.announcedMissing} items announced as missing; probe ${round(probeMs)} ms`,
    );
    for (const { errors } of viaSdk) expect(errors).toEqual([]);
    for (const subscription of viaSdk) subscription.close();
    raw.close();
    another.close();
  },
  faultsMs + 240_000,
);
