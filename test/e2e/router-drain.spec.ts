import { afterAll, beforeAll, expect, it } from 'vitest';
import type { control } from '../../proto/index.ts';
import { Cluster } from '../support/cluster.ts';
import { measured, quantile, round } from '../support/measured.ts';
import { call, getState } from '../support/member-calls.ts';
import { isAlive } from '../support/process-table.ts';
import { RawClient } from '../support/raw-client.ts';
import { SdkClient } from '../support/sdk-client.ts';
import { sound } from '../support/settle.ts';
import { Traffic } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { Watch } from '../support/watch.ts';

const cache = 'cache';
const busy = Array.from({ length: 10 }, (_, n) => `busy-${n}`);
/** Now and then an item: clients that come back have mostly received nothing. */
const quiet = Array.from({ length: 20 }, (_, n) => `quiet-${n}`);

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ routers: 3, storage: 2 });
});
afterAll(() => cluster.stop());

it('a router that sheds clients, and one that is told to end, lose nothing for SDKs that are moved', async () => {
  const watch = new Watch();
  const sdks = Array.from(
    { length: 4 },
    () => new SdkClient(cluster.endpoint, watch, { keepAliveTimeoutMs: 20_000 }),
  );
  const raws = Array.from({ length: 2 }, () => new RawClient(cluster.endpoint, watch));
  const subscriptions = await Promise.all(
    sdks.flatMap((sdk) => [...busy, ...quiet].map((topic) => sdk.subscribe(cache, topic))),
  );
  const traffic = new Traffic(watch, {
    cache,
    topics: busy,
    clients: [...sdks, ...raws],
    paceMs: 100,
  });
  let rounds = 0;
  const [raw] = raws as [RawClient];
  const whisper = async (): Promise<void> => {
    const topic = quiet[rounds % quiet.length] as string;
    await raw.publish('whisperer', cache, topic, `whisper ${rounds++}`);
  };
  for (const subscription of subscriptions) subscription.forgetSilence();

  const shedder = await cluster.member('e2e-router-0');
  const address = shedder.addresses['control'] ?? '';
  const before = await getState(address);
  const { connections } = await call<control.ShedResponse>(address, (stub, done) =>
    stub.shed({ connections: 3, withinMs: 3_000 }, done),
  );
  await until('clients were shed', 60_000, async () => {
    await whisper();
    // Nobody more; what is being moved is told.
    const shed = await call<control.ShedResponse>(address, (stub, done) =>
      stub.shed({ connections: 0, withinMs: 0 }, done),
    );
    return shed.connections === 0;
  });

  const victim = await cluster.member('e2e-router-1');
  process.kill(victim.pid, 'SIGTERM');
  await until('the router has moved its clients and ended', 60_000, async () => {
    await whisper();
    return !isAlive(victim.pid);
  });
  await cluster.settled();
  await traffic.stop();

  const { counts } = await sound(watch);
  for (const { errors } of subscriptions) expect(errors).toEqual([]);
  expect(counts.discontinuities).toBe(0);
  const lost = subscriptions.reduce((sum, { connectionsLost }) => sum + connectionsLost, 0);
  const silencesMs = subscriptions.slice(0, busy.length).map(({ silenceMsMax }) => silenceMsMax);
  measured(
    `${connections} of ${before.connections} connections shed, then a router ended: ${lost} connections lost to SDKs; ` +
      `${counts.failed} of ${counts.published} publishes failed; longest silence on busy topics ` +
      `p50 ${round(quantile(silencesMs, 0.5))} ms, max ${round(Math.max(...silencesMs))} ms`,
  );
  expect(connections).toBeGreaterThan(0);
  for (const subscription of subscriptions) subscription.close();
  for (const each of raws) each.close();
});
