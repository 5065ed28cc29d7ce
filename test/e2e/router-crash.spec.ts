import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { measured, quantile, round } from '../support/measured.ts';
import { probe } from '../support/probe.ts';
import { RawClient } from '../support/raw-client.ts';
import { SdkClient } from '../support/sdk-client.ts';
import { sound } from '../support/settle.ts';
import { Traffic } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { Watch } from '../support/watch.ts';

const cache = 'cache';
const topics = Array.from({ length: 40 }, (_, n) => `topic-${n}`);
/** The aim is 2 s; a loaded machine gets more. */
const backWithinMs = 15_000;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ routers: 3, storage: 2 });
});
afterAll(() => cluster.stop());

it('after kill -9 of a router every SDK subscription comes back and has lost nothing and doubled nothing', async () => {
  const watch = new Watch();
  const sdks = Array.from({ length: 4 }, () => new SdkClient(cluster.endpoint, watch));
  const raws = Array.from({ length: 3 }, () => new RawClient(cluster.endpoint, watch));
  const subscriptions = await Promise.all(
    sdks.flatMap((sdk) => topics.map((topic) => sdk.subscribe(cache, topic))),
  );
  const traffic = new Traffic(watch, { cache, topics, clients: [...sdks, ...raws], paceMs: 100 });
  await until('every subscription got an item', 60_000, () =>
    subscriptions.every(({ items }) => items > 0),
  );

  const victim = await cluster.member('e2e-router-1');
  const [held] = (await cluster.states('router')).filter(({ name }) => name === victim.name);
  expect(held?.subscriptions, 'the router that dies serves some').toBeGreaterThan(0);
  for (const subscription of subscriptions) subscription.forgetSilence();
  await cluster.signal(victim.name, 'SIGKILL');
  await cluster.settled();
  const settledMs = performance.now();
  await until('every subscription hears again', backWithinMs, () =>
    subscriptions.every(({ lastMessageMs }) => lastMessageMs > settledMs),
  );
  await traffic.stop();
  const probeMs = await probe(watch, rawOf(raws), cache, topics);

  const { counts } = await sound(watch);
  expect(counts.discontinuities).toBe(0);
  expect((await cluster.member(victim.name)).pid, 'what died was restarted').not.toBe(victim.pid);
  for (const { errors } of subscriptions) expect(errors).toEqual([]);
  const silencesMs = subscriptions.map(({ silenceMsMax }) => silenceMsMax);
  expect(Math.max(...silencesMs)).toBeLessThan(backWithinMs);
  measured(
    `router killed: ${held?.subscriptions} of ${subscriptions.length} SDK subscriptions were on it; longest silence ` +
      `p50 ${round(quantile(silencesMs, 0.5))} ms, max ${round(Math.max(...silencesMs))} ms; ` +
      `${counts.failed} of ${counts.published} publishes failed; probe ${round(probeMs)} ms`,
  );
  for (const subscription of subscriptions) subscription.close();
  for (const raw of raws) raw.close();
});

function rawOf(raws: readonly RawClient[]): RawClient {
  const [raw] = raws;
  if (!raw) throw new Error('there is no client');
  return raw;
}
