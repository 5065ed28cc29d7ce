import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { measured, quantile, round } from '../support/measured.ts';
import { RawClient } from '../support/raw-client.ts';
import type { RawSubscription } from '../support/raw-subscription.ts';
import { sound } from '../support/settle.ts';
import { StallingProxy } from '../support/stalling-proxy.ts';
import { until } from '../support/until.ts';
import { Watch } from '../support/watch.ts';

const cache = 'cache';
const topic = 'busy';
const payloadBytes = 16 * 1024;
const othersCount = 5;
/** Well above what sockets, windows and the outbox of one subscription hold together. */
const floodBytes = 12 * 1024 * 1024;
/** Published before waiting for the readers: nobody who reads falls behind because of the machine. */
const roundBytes = 512 * 1024;
const memoryGrowthBytesMax = 200 * 1024 * 1024;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ routers: 1, storage: 1 });
});
afterAll(() => cluster.stop());

it('a subscriber that stops reading slows nobody, costs bounded memory, and is told exactly what it missed', async () => {
  const watch = new Watch();
  const publisher = new RawClient(cluster.endpoint, watch);
  const reader = new RawClient(cluster.endpoint, watch);
  const proxy = await StallingProxy.start(cluster.endpoint);
  const frozen = new RawClient(proxy.endpoint, watch);
  /** Ids of the publishes whose latency counts. */
  let timed = new Set<string>();
  let latenciesMs: number[] = [];
  const others = Array.from({ length: othersCount }, () =>
    reader.subscribe(cache, topic, {
      item: (id, atMs) => {
        if (timed.has(id)) latenciesMs.push(watch.ageMs(id, atMs));
      },
    }),
  );
  const onFrozenSocket = frozen.subscribe(cache, topic);
  const onFrozenStream = reader.subscribe(cache, topic);
  const slow = [onFrozenSocket, onFrozenStream];
  await Promise.all([...others, ...slow].map(({ attached }) => attached));

  let published = 0;
  const hasAll = ({ items }: RawSubscription) => items === published;
  const publish = async (count: number, paceMs: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      const id = watch.name('m');
      if (paceMs > 0) timed.add(id);
      const error = await publisher.publish('p', cache, topic, id, payloadBytes);
      expect(error).toBeUndefined();
      published++;
      if (paceMs > 0) await delay(paceMs);
    }
  };
  const p99Ms = async (): Promise<number> => {
    latenciesMs = [];
    timed = new Set();
    await publish(200, 5);
    await until('the others have it all', 60_000, () => latenciesMs.length === 200 * othersCount);
    return quantile(latenciesMs, 0.99);
  };
  await publish(200, 0);
  const beforeMs = await p99Ms();
  const beforeBytes = await cluster.residentBytes('e2e-router-0');

  proxy.stall();
  onFrozenStream.stopReading();
  for (let sent = 0; sent < floodBytes; sent += roundBytes) {
    await publish(roundBytes / payloadBytes, 0);
    await until('the others have kept up', 60_000, () => others.every(hasAll));
  }
  const floodedBytes = await cluster.residentBytes('e2e-router-0');
  const duringMs = await p99Ms();
  expect(onFrozenSocket.items).toBeLessThan(others[0]?.items ?? 0);
  expect(onFrozenStream.items).toBeLessThan(others[0]?.items ?? 0);

  proxy.flow();
  onFrozenStream.read();
  const { counts } = await sound(watch);
  expect(counts.failed).toBe(0);
  expect(others.flatMap(({ notices }) => notices)).toEqual([]);
  for (const subscription of slow) {
    expect(subscription.notices.length).toBeGreaterThan(0);
    expect(subscription.items + missedBy(subscription)).toBe(counts.acked);
  }
  expect(floodedBytes - beforeBytes).toBeLessThan(memoryGrowthBytesMax);
  measured(
    `with 2 subscribers that don't read, p99 of ${othersCount} others went from ${round(beforeMs, 1)} to ${round(duringMs, 1)} ms ` +
      `(ratio ${round(duringMs / beforeMs, 2)}), router memory by ${round((floodedBytes - beforeBytes) / 1048576)} MiB; ` +
      `${slow.map(missedBy).join(' and ')} of ${counts.acked} announced as missing`,
  );
  // A ratio alone would fail on a machine that is busy with something else.
  expect(duringMs).toBeLessThan(Math.max(beforeMs * 4, beforeMs + 2_000));

  for (const client of [publisher, reader, frozen]) client.close();
  proxy.close();
});

function missedBy({ notices }: RawSubscription): number {
  return notices.reduce((sum, { last, next }) => sum + next - last, 0);
}
