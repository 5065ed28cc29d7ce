import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { Cluster } from '../../support/cluster.ts';
import { endsOf, fullLoad, Load, type LoadSize } from '../../support/load.ts';
import { measured, round } from '../../support/measured.ts';
import { until } from '../../support/until.ts';

/** 900 connections of one subscription each, beside the SDK's. Little is published: it is about who is moved. */
const size: LoadSize = {
  ...fullLoad,
  publishesPerSecond: 1,
  hotPublishesPerSecond: 20,
  light: { hot: 180, others: 720, perClient: 1 },
};
const storage = 2;
const ratioMax = 1.2;
const settledWithinMs = 60_000;
/** The aim is 120 s, which the model in operator/plan/rebalance.spec.ts proves; a loaded machine gets more. */
const balancedWithinMs = 180_000;
/** When nobody was moved for longer than rebalancing waits between two rounds, it is over. */
const quietMs = 15_000;
const windowMs = 10_000;
const shareMax = 0.05;
/** By so much a client may be late to notice that it was moved. */
const lateMs = 4_000;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ routers: 3, storage });
});
afterAll(() => cluster.stop());

it('a new router beside three gets its share of 900 connections, a few at a time, and nothing is lost', async () => {
  const load = await Load.start(cluster.endpoint, size);
  onTestFinished(() => load.close());
  const before = await connections();
  const total = before.reduce((sum, each) => sum + each, 0);
  expect(total).toBeGreaterThan(900);
  let [balancedMs, after] = [0, before];
  const noticed = await load.during('rebalancing', async () => {
    cluster.edit({ routers: 4, storage });
    await cluster.settled(settledWithinMs);
    const startMs = performance.now();
    await until('the routers have as many connections', balancedWithinMs, async () => {
      return ratioOf(await connections()) <= ratioMax;
    });
    balancedMs = performance.now() - startMs;
    await until('nobody is moved any more', balancedWithinMs, () => {
      const last = load.ends.at(-1)?.atMs ?? startMs;
      return performance.now() - last > quietMs;
    });
    after = await connections();
  });
  const counts = await load.stop();
  const timesMs = noticed.ends.map(({ atMs }) => atMs).toSorted((a, b) => a - b);
  const spanMs = (timesMs.at(-1) ?? 0) - (timesMs[0] ?? 0);
  measured(
    `connections ${before.join(', ')} -> ${after.join(', ')}: max/mean ${round(ratioOf(after), 2)}, at most ${ratioMax} after ` +
      `${round(balancedMs / 1000)} s; ${timesMs.length} of ${total} connections moved in ${round(spanMs / 1000)} s, ` +
      `at most ${mostWithin(timesMs, windowMs)} within 10 s`,
  );
  expect(ratioOf(after)).toBeLessThanOrEqual(ratioMax);
  // On the whole, and wherever one looks; there lateness counts twice.
  const windows = Math.ceil((spanMs + lateMs) / windowMs);
  expect(timesMs.length).toBeLessThanOrEqual(windows * total * shareMax);
  expect(mostWithin(timesMs, windowMs - lateMs)).toBeLessThanOrEqual(total * shareMax);
  expect(endsOf(noticed)).toEqual(['ok after GOAWAY']);
  expect(load.failures).toEqual([]);
  expect(counts.discontinuities).toBe(0);
}, 600_000);

async function connections(): Promise<number[]> {
  return (await cluster.states('router')).map((state) => state.connections);
}

function ratioOf(numbers: readonly number[]): number {
  const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  return Math.max(...numbers) / mean;
}

/** The largest number of these times, in order, that lie within `spanMs`, wherever it begins. */
function mostWithin(timesMs: readonly number[], spanMs: number): number {
  let [most, first] = [0, 0];
  for (const [index, timeMs] of timesMs.entries()) {
    while (timeMs - (timesMs[first] ?? timeMs) > spanMs) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
