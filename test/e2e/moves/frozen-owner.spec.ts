import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Cluster } from '../../support/cluster.ts';
import { Load } from '../../support/load.ts';
import { measured, round } from '../../support/measured.ts';
import { watchState } from '../../support/member-calls.ts';
import { until } from '../../support/until.ts';

/** An owner that stands still until others own its topics, and then goes on. */
const victim = 'e2e-storage-1';
const cache = 'cache';
const base = { routers: 2, storage: 3, rebalance: false };
const frozenMsMin = 15_000;
const frozenMsMax = 40_000;
/** So many and so large that those of one node take a while to be handed over. */
const keptTopics = 2_000;
const keptBytes = 32 * 1024;
/** It may be missed how topics are handed over, on a machine that is busy elsewhere. */
const attemptsMax = 4;
/** Time for what was left in its sockets to do harm. */
const temptationMs = 2_000;

let cluster: Cluster;
let load: Load;
beforeAll(async () => {
  cluster = await Cluster.start(base);
});
beforeEach(async () => {
  load = await Load.start(cluster.endpoint);
});
afterEach(() => load?.close());
afterAll(() => cluster.stop());

/** Continues the frozen node when others own its topics, and waits until it is one of the owners again. */
async function thaw(what: string, frozenAtMs: number): Promise<void> {
  await until(`others own the topics of ${victim}`, frozenMsMax, () => {
    const { ring, move } = cluster.topology();
    return !ring.includes(victim) || (move && !move.sources.includes(victim));
  });
  await delay(Math.max(0, frozenAtMs + frozenMsMin - performance.now()));
  await until('publishes work on every topic', frozenMsMax, async () => {
    const { failed } = load;
    await delay(1_000);
    return load.failed === failed;
  });
  const { failed } = load;
  const pages = new Map(load.topics.map((topic) => [topic, load.pagesOf(topic)]));
  const thawedMs = performance.now();
  await cluster.signal(victim, 'SIGCONT');
  await delay(temptationMs);
  const old = load.topics.flatMap((topic) => {
    const [, ...later] = pages.get(topic) ?? [];
    return later.length === 0 ? [] : { topic, page: Math.min(...(pages.get(topic) ?? [])) };
  });
  measured(
    `${what}: frozen for ${round((thawedMs - frozenAtMs) / 1000, 1)} s, ${old.length} of ${load.topics.length} topics began a new page, ` +
      `${failed} publishes failed until others owned them`,
  );
  expect(old.length, 'it owned something').toBeGreaterThan(0);
  await cluster.settled(60_000);
  expect(cluster.topology().ring).toContain(victim);
  for (const { topic, page } of old) {
    expect(load.lastArrivalMs(topic, page), `the old page of ${topic}`).toBeLessThan(thawedMs);
  }
  expect(load.failed, 'it goes on unnoticed').toBe(failed);
}

it('an owner that stood still for 15 s acknowledges and delivers nothing of its own when it goes on', async () => {
  await cluster.signal(victim, 'SIGSTOP');
  await thaw('outside a move', performance.now());
  await load.stop();
});

it('nor does one that stood still while it handed its topics over', async () => {
  const payload = Buffer.alloc(keptBytes);
  for (let n = 0; n < keptTopics; n += 100) {
    const kept = Array.from({ length: 100 }, (_, index) => `kept-${n + index}`);
    const answers = await Promise.all(kept.map((topic) => load.client.send(cache, topic, payload)));
    expect(answers.filter((error) => error !== undefined)).toEqual([]);
  }
  let frozen = false;
  for (let attempt = 0; attempt < attemptsMax && !frozen; attempt++) {
    if (attempt > 0) {
      cluster.edit(base);
      await cluster.settled(60_000);
    }
    cluster.edit({ ...base, storage: 4 });
    frozen = await freezeInHandover();
  }
  expect(frozen, 'it was caught while it handed over').toBe(true);
  await thaw('in a move', performance.now());
  await load.stop();
});

/** False: all topics were handed over before it was seen. */
async function freezeInHandover(): Promise<boolean> {
  const { pid, addresses } = await cluster.member(victim);
  let frozen = false;
  await watchState(addresses['control'] ?? '', ({ move }) => {
    if (!move || move.handedOver === 0) return cluster.topology().ring.length === 4;
    if (move.left === 0) return true;
    process.kill(pid, 'SIGSTOP');
    frozen = true;
    measured(`${victim} frozen with ${move.handedOver} topics handed over and ${move.left} left`);
    return true;
  });
  return frozen;
}
