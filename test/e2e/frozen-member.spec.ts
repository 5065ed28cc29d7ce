import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { control } from '../../proto/index.ts';
import { Cluster } from '../support/cluster.ts';
import { measured, round } from '../support/measured.ts';
import { probe } from '../support/probe.ts';
import { RawClient } from '../support/raw-client.ts';
import type { RawSubscription } from '../support/raw-subscription.ts';
import { SdkClient } from '../support/sdk-client.ts';
import type { SdkSubscription } from '../support/sdk-subscription.ts';
import { sound } from '../support/settle.ts';
import { Traffic } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { Watch } from '../support/watch.ts';

/** Members that neither work nor die: longer than a link may be silent, shorter than the operator waits. */
const cache = 'cache';
/** Of each test its own: for some seconds after a router went, newcomers get a topic's latest items. */
let topics: string[] = [];
let rounds = 0;
beforeEach(() => {
  rounds += 1;
  topics = Array.from({ length: 24 }, (_, n) => `topic-${rounds}-${n}`);
});
const frozenMs = 2_500;

let cluster: Cluster;
let watch: Watch;
let client: RawClient;
let traffic: Traffic;
let subscriptions: (RawSubscription | SdkSubscription)[];

beforeAll(async () => {
  cluster = await Cluster.start({ routers: 2, storage: 2 });
});
afterAll(() => cluster.stop());

beforeEach(async () => {
  watch = new Watch();
  client = new RawClient(cluster.endpoint, watch);
  const another = new RawClient(cluster.endpoint, watch);
  const sdk = new SdkClient(cluster.endpoint, watch);
  const raw = topics.map((topic) => another.subscribe(cache, topic));
  await Promise.all(raw.map(({ attached }) => attached));
  subscriptions = [
    ...raw,
    ...(await Promise.all(topics.map((topic) => sdk.subscribe(cache, topic)))),
  ];
  traffic = new Traffic(watch, { cache, topics, clients: [client, another, sdk], paceMs: 50 });
  await until('every subscription got an item', 60_000, () =>
    subscriptions.every(({ items }) => items > 0),
  );
});
afterEach(async () => {
  await traffic.stop();
  for (const subscription of subscriptions) subscription.close();
  client.close();
});

/** Freezes a member while `meanwhile` runs, and waits until everything works again. */
async function freeze(member: string, meanwhile: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  await cluster.signal(member, 'SIGSTOP');
  await meanwhile();
  await cluster.signal(member, 'SIGCONT');
  const thawedMs = performance.now();
  await until('publishes work on every topic', 60_000, () =>
    topics.every((topic) => traffic.report(topic).lastAckMs > thawedMs),
  );
  await cluster.settled();
  await traffic.stop();
  const probeMs = await probe(watch, client, cache, topics);
  const { counts } = await sound(watch);
  const notices = subscriptions.reduce((sum, each) => sum + each.notices.length, 0);
  measured(
    `${member} frozen for ${round(thawedMs - startMs)} ms: ${counts.failed} of ${counts.published} publishes failed, ${notices} discontinuities, ` +
      `${counts.announcedMissing} items announced as missing; probe ${round(probeMs)} ms`,
  );
}

function expectNoNotices(): void {
  for (const { name, notices } of subscriptions) expect(notices, name).toEqual([]);
}

it('a storage node that freezes and thaws loses nothing and doubles nothing', async () => {
  await freeze('e2e-storage-0', () => delay(frozenMs));
  expectNoNotices();
});

it('a router that freezes and thaws loses nothing and doubles nothing', async () => {
  await freeze('e2e-router-0', () => delay(frozenMs));
  expectNoNotices();
});

it('a storage node that missed a topology in which others owned its topics does not go on where it was', async () => {
  // The operator takes the first that it sees for a reason to write a later one: all at once, and again if it was quicker.
  const epoch = await until('every other member holds it', 60_000, pushWithoutVictim);
  // The operator finds that members hold what it never wrote, and takes the node in again.
  await until('the operator has written a later topology', 60_000, () => {
    const { version, ring } = cluster.topology();
    return (version?.epoch ?? 0) > epoch && ring.includes('e2e-storage-0');
  });
  await cluster.settled();
  await traffic.stop();
  await probe(watch, client, cache, topics);
  const moved = subscriptions.filter(({ notices }) => notices.length > 0);
  expect(moved.length, 'topics moved away and back').toBeGreaterThan(0);
});

/** Tells everybody but the victim that it owns nothing; gives the epoch, if all of them took it. */
async function pushWithoutVictim(): Promise<number | undefined> {
  await cluster.settled();
  const held = cluster.topology();
  const others = held.storage.filter(({ name }) => name !== 'e2e-storage-0');
  const epoch = (held.version?.epoch ?? 0) + 1;
  const without = {
    ...held,
    version: { term: held.version?.term ?? 0, epoch },
    storage: others,
    ring: others.map(({ name }) => name),
  };
  const names = ['e2e-storage-1', 'e2e-router-0', 'e2e-router-1'];
  const pushed = await Promise.all(names.map((name) => cluster.push(name, without)));
  const isTaken = pushed.every(({ outcome }) => outcome === control.PushOutcome.APPLIED);
  return isTaken ? epoch : undefined;
}
