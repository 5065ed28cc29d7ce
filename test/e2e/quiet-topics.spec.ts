import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { measured } from '../support/measured.ts';
import { RawClient } from '../support/raw-client.ts';
import { SdkClient } from '../support/sdk-client.ts';
import { sound } from '../support/settle.ts';
import { until } from '../support/until.ts';
import { Watch } from '../support/watch.ts';

const cache = 'cache';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ routers: 3, storage: 2 });
});
afterAll(() => cluster.stop());

/** Subscribes with the SDK, lets `happen` happen, and publishes the first item of each topic while it does. */
async function firstItemsWhile(prefix: string, happen: () => Promise<unknown>): Promise<void> {
  const watch = new Watch();
  const topics = Array.from({ length: 100 }, (_, n) => `${prefix}-${n}`);
  const sdks = Array.from({ length: 3 }, () => new SdkClient(cluster.endpoint, watch));
  const raws = Array.from({ length: 3 }, () => new RawClient(cluster.endpoint, watch));
  const subscriptions = await Promise.all(
    topics.map((topic, n) => (sdks[n % 3] as SdkClient).subscribe(cache, topic)),
  );
  // Past the renewal of the SDK's first stream, which is another story.
  await delay(5_500);

  const happening = happen();
  for (const [n, topic] of topics.entries()) {
    const raw = raws[n % 3] as RawClient;
    // Its own connection may be among those that break.
    await until(`a publish on ${topic} works`, 60_000, async () => {
      return !(await raw.publish(prefix, cache, topic, watch.name(topic)));
    });
    await delay(8);
  }
  await happening;
  await until('every subscription got its first item', 60_000, () =>
    subscriptions.every(({ items }) => items > 0),
  );

  const { counts } = await sound(watch);
  expect(counts.discontinuities).toBe(0);
  measured(`${prefix}: ${counts.acked} first items, ${counts.failed} publishes failed, 0 lost`);
  for (const subscription of subscriptions) subscription.close();
  for (const raw of raws) raw.close();
  await cluster.settled();
}

it('subscriptions that had received nothing lose nothing when their router is killed', async () => {
  await firstItemsWhile('killed', () => cluster.signal('e2e-router-1', 'SIGKILL'));
});

it('subscriptions that had received nothing lose nothing when their router is scaled away', async () => {
  await firstItemsWhile('scaled', async () => cluster.edit({ routers: 2, storage: 2 }));
});
