import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { Cluster } from '../../support/cluster.ts';
import { Load, type Noticed } from '../../support/load.ts';
import { until } from '../../support/until.ts';

const cache = 'cache';
/** Nobody publishes on them while topics move: what is there is what was handed over. */
const kept = Array.from({ length: 24 }, (_, n) => `kept-${n}`);
const keptItems = 20;
/** The aim is 250 ms; a loaded machine gets more. */
const latencyMsP99Max = 2_000;
const steps = [3, 5, 2];

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ routers: 2, storage: 1 });
});
afterAll(() => cluster.stop());

it('storage nodes come and go, and no client notices: nothing lost or doubled, pages and history as they were', async () => {
  const load = await Load.start(cluster.endpoint);
  onTestFinished(() => load.close());
  const { client, watch } = load;
  for (const topic of kept) {
    for (let n = 0; n < keptItems; n++) {
      expect(await client.publish('keeper', cache, topic, watch.name(topic))).toBeUndefined();
    }
  }
  const noticed: Noticed[] = [];
  const rings: (readonly string[])[] = [cluster.topology().ring];
  for (const storage of steps) {
    const from = cluster.topology().ring.length;
    noticed.push(
      await load.during(`storage ${from} -> ${storage}`, async () => {
        cluster.edit({ routers: 2, storage });
        await cluster.settled(60_000);
      }),
    );
    rings.push(cluster.topology().ring);
  }
  expect(rings.map(({ length }) => length)).toEqual([1, ...steps]);

  const readers = kept.map((topic) =>
    client.subscribe(cache, topic, { from: { page: 0, sequence: 1 } }),
  );
  await until('the histories are served', 60_000, () =>
    readers.every(({ items }) => items === keptItems),
  );
  for (const { name, notices } of readers) expect(notices, name).toEqual([]);

  const counts = await load.stop();
  expect(load.failures).toEqual([]);
  expect(counts.discontinuities).toBe(0);
  for (const topic of load.topics) expect(load.pagesOf(topic), `pages of ${topic}`).toHaveLength(1);
  for (const { latencyMsP99, moves } of noticed) {
    expect(moves, 'no client was moved').toBe(0);
    expect(latencyMsP99).toBeLessThan(latencyMsP99Max);
  }
});
