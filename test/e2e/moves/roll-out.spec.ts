import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { Cluster } from '../../support/cluster.ts';
import { endsOf, Load } from '../../support/load.ts';

const base = { routers: 2, storage: 2, drainSeconds: 3, rebalance: false };
const images = ['topicplane:2', 'topicplane:1'];

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ ...base, image: 'topicplane:1' });
});
afterAll(() => cluster.stop());

it('a roll-out of both tiers, and back, loses nothing, and no SDK subscription is dead after it', async () => {
  const load = await Load.start(cluster.endpoint);
  onTestFinished(() => load.close());
  for (const image of images) {
    const before = await cluster.members();
    const noticed = await load.during(`roll-out of ${image}`, async () => {
      cluster.edit({ ...base, image });
      await cluster.settled(120_000);
    });
    const after = await cluster.members();
    expect(after.map(({ name }) => name)).toEqual(before.map(({ name }) => name));
    const left = after.filter(({ pid }) => before.some((each) => each.pid === pid));
    expect(left, 'pods that were not replaced').toEqual([]);
    expect(endsOf(noticed)).toEqual(['ok after GOAWAY']);
    expect(noticed.moves).toBeGreaterThan(0);
  }
  const counts = await load.stop();
  expect(load.failures).toEqual([]);
  expect(counts.discontinuities).toBe(0);
  for (const topic of load.topics) expect(load.pagesOf(topic), `pages of ${topic}`).toHaveLength(1);
  for (const { errors, isSubscribed } of load.sdk) {
    expect({ errors, isSubscribed }).toEqual({ errors: [], isSubscribed: true });
  }
}, 300_000);
