import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from '../../support/cluster.ts';
import { measured, round } from '../../support/measured.ts';
import { RawClient } from '../../support/raw-client.ts';
import { sound } from '../../support/settle.ts';
import { until } from '../../support/until.ts';
import { Watch } from '../../support/watch.ts';

/** An owner and a router that stand still together until others own its topics: neither tells the other. */
const victim = 'e2e-storage-1';
const frozenRouter = 'e2e-router-0';
const otherRouter = 'e2e-router-1';
const cache = 'cache';
const topics = Array.from({ length: 60 }, (_, n) => `topic-${n}`);
const forsakenMsMax = 40_000;
/** Frozen for so much longer. */
const afterwardsMs = 3_000;
/** Publishes of each topic after they go on, from the first moment. */
const roundsAfter = 20;
const roundMs = 100;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ routers: 2, storage: 2, rebalance: false });
});
afterAll(() => cluster.stop());

it('an owner and a router that stood still together take and deliver nothing on the old pages when they go on', async () => {
  const watch = new Watch();
  const pids = await Promise.all(
    [victim, frozenRouter].map(async (name) => (await cluster.member(name)).pid),
  );
  const clientOf = async (router: string) => {
    const { addresses } = await cluster.member(router);
    return new RawClient(addresses['client'] ?? '', watch);
  };
  const frozen = await clientOf(frozenRouter);
  const other = await clientOf(otherRouter);
  /** Of each item the page on which it came. */
  const pages = new Map<string, number>();
  const item = (id: string, _atMs: number, { page }: { page: number }) => void pages.set(id, page);
  const subscriptions = [frozen, other].flatMap((client) =>
    topics.map((topic) => client.subscribe(cache, topic, { item })),
  );
  await Promise.all(subscriptions.map(({ attached }) => attached));
  const publishAll = (client: RawClient, what: string) =>
    Promise.all(
      topics.map((topic) => client.publish(`of ${topic}`, cache, topic, `${what} ${topic}`)),
    );
  const none = topics.map(() => undefined);
  expect(await publishAll(frozen, 'before')).toEqual(none);
  await until('all came', 10_000, () => topics.every((topic) => pages.has(`before ${topic}`)));

  const frozenMs = performance.now();
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  await until(`others own the topics of ${victim}`, forsakenMsMax, () => {
    return !cluster.topology().ring.includes(victim);
  });
  await delay(afterwardsMs);
  expect(await publishAll(other, 'meanwhile')).toEqual(none);
  await until('all came', 10_000, () => topics.every((topic) => pages.has(`meanwhile ${topic}`)));
  const left = topics.filter((topic) => {
    return pages.get(`meanwhile ${topic}`) !== pages.get(`before ${topic}`);
  });
  expect(left.length, 'it owned something').toBeGreaterThan(0);

  // The first ones wait in the router's sockets when it goes on.
  const published = [publishAll(frozen, 'after 0')];
  await delay(roundMs);
  for (const pid of pids) process.kill(pid, 'SIGCONT');
  const thawedMs = performance.now();
  for (let n = 1; n <= roundsAfter; n++) {
    published.push(publishAll(frozen, `after ${n}`));
    await delay(roundMs);
  }
  const answers = (await Promise.all(published)).flat();
  await cluster.settled(60_000);
  const { counts } = await sound(watch);
  const old = left.flatMap((topic) => {
    const ids = Array.from({ length: roundsAfter + 1 }, (_, n) => `after ${n} ${topic}`);
    return ids.filter((id) => pages.get(id) === pages.get(`before ${topic}`));
  });
  measured(
    `frozen together for ${round((thawedMs - frozenMs) / 1000, 1)} s, ${left.length} of ${topics.length} topics began a new page; ` +
      `${answers.filter((error) => error).length} of ${answers.length} publishes after it failed, ${counts.discontinuities} discontinuities`,
  );
  expect(old, 'taken and delivered on the page from before').toEqual([]);
  for (const subscription of subscriptions) subscription.close();
  for (const client of [frozen, other]) client.close();
}, 180_000);
