import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from '../../support/cluster.ts';
import { endsOf, fullLoad, Load, type LoadSize } from '../../support/load.ts';
import { measured, round } from '../../support/measured.ts';
import { until } from '../../support/until.ts';

/**
 * Three minutes of 900 connections: on request, TOPICPLANE_REBALANCE=1. The plan that it tries out is proved by a model in
 * operator/plan/rebalance.spec.ts.
 */
const isAsked = process.env['TOPICPLANE_REBALANCE'] === '1';

/** 900 connections of one subscription each, beside the SDK's. */
const size: LoadSize = { ...fullLoad, light: { hot: 180, others: 720, perClient: 1 } };
const storage = 2;
const ratioMax = 1.2;
const balancedWithinMs = 120_000;
/** When nobody was moved for longer than rebalancing waits between two rounds, it is over. */
const quietMs = 12_000;
const windowMs = 10_000;
const shareMax = 0.05;
/** By so much a client may be late to notice that it was moved: two rounds are half a second more than `windowMs` apart. */
const lateMs = 1_000;

let cluster: Cluster;
beforeAll(async () => {
  if (isAsked) cluster = await Cluster.start({ routers: 3, storage });
});
afterAll(async () => {
  if (isAsked) await cluster.stop();
});

it.runIf(isAsked)(
  'a new router beside three gets its share of 900 connections, a few at a time, and nothing is lost',
  async () => {
    const load = await Load.start(cluster.endpoint, size);
    const before = await connections();
    const total = before.reduce((sum, each) => sum + each, 0);
    expect(total).toBeGreaterThan(900);
    const startMs = performance.now();
    let [balancedMs, after] = [0, before];
    const noticed = await load.during('rebalancing', async () => {
      cluster.edit({ routers: 4, storage });
      await cluster.settled();
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
    const timesMs = noticed.ends.map(({ atMs }) => atMs);
    const together = mostWithin(timesMs, windowMs);
    measured(
      `connections ${before.join(', ')} -> ${after.join(', ')}: max/mean ${round(ratioOf(after), 2)}, at most ${ratioMax} after ` +
        `${round(balancedMs / 1000)} s; ${timesMs.length} connections moved, at most ${together} of ${total} within 10 s`,
    );
    expect(balancedMs).toBeLessThan(balancedWithinMs);
    expect(ratioOf(after)).toBeLessThanOrEqual(ratioMax);
    expect(mostWithin(timesMs, windowMs - lateMs)).toBeLessThanOrEqual(total * shareMax);
    expect(endsOf(noticed)).toEqual(['ok after GOAWAY']);
    expect(load.failures).toEqual([]);
    expect(counts.discontinuities).toBe(0);
    load.close();
  },
  300_000,
);

async function connections(): Promise<number[]> {
  return (await cluster.states('router')).map((state) => state.connections);
}

function ratioOf(numbers: readonly number[]): number {
  const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  return Math.max(...numbers) / mean;
}

/** The largest number of these times that lie within `spanMs`, wherever it begins. */
function mostWithin(timesMs: readonly number[], spanMs: number): number {
  const sorted = timesMs.toSorted((a, b) => a - b);
  let [most, first] = [0, 0];
  for (const [index, timeMs] of sorted.entries()) {
    while (timeMs - (sorted[first] ?? timeMs) > spanMs) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
