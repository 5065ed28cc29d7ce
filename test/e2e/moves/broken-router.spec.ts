import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { Condition } from '../../../operator/index.ts';
import { Cluster } from '../../support/cluster.ts';
import { endsOf, Load } from '../../support/load.ts';
import { measured, round } from '../../support/measured.ts';
import { until } from '../../support/until.ts';

const base = { routers: 3, storage: 2, drainSeconds: 3, rebalance: false };
const haltsWithinMs = 60_000;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ ...base, image: 'topicplane:1' });
});
afterAll(() => cluster.stop());

it('a roll-out of a router that loses items halts at the first one, costs nothing, and can be taken back', async () => {
  const load = await Load.start(cluster.endpoint);
  onTestFinished(() => load.close());
  const routers = async () => (await cluster.members('router')).map(({ pid }) => pid);
  const before = await routers();

  const halted = await load.during('roll-out of a broken router', async () => {
    cluster.nextBuild('broken');
    cluster.edit({ ...base, image: 'topicplane:broken' });
    const startMs = performance.now();
    const condition = await until('the roll-out is halted', haltsWithinMs, async () => {
      return (await degraded()).find(({ reason }) => reason === 'RolloutHalted');
    });
    measured(
      `halted after ${round((performance.now() - startMs) / 1000, 1)} s: ${condition.message}`,
    );
    expect(condition.message).toContain('e2e-router-2');
    expect(condition.message).toMatch(/canaries: \d+ of 256 items were lost/);
  });
  const now = await routers();
  expect(now.slice(0, 2), 'the others are as they were').toEqual(before.slice(0, 2));
  expect(now[2]).not.toBe(before[2]);
  const [broken] = (await cluster.states('router')).filter(({ name }) => name === 'e2e-router-2');
  expect(broken).toMatchObject({ connections: 0, subscriptions: 0 });

  const undone = await load.during('roll-out taken back', async () => {
    cluster.nextBuild('sound');
    cluster.edit({ ...base, image: 'topicplane:1' });
    await cluster.settled(haltsWithinMs);
  });
  expect((await routers()).slice(0, 2), 'nothing was wrong with them').toEqual(before.slice(0, 2));
  expect(await degraded()).toEqual([]);

  const counts = await load.stop();
  expect(load.failures).toEqual([]);
  expect(counts.discontinuities).toBe(0);
  for (const each of [halted, undone]) {
    expect(endsOf(each).filter((kind) => kind !== 'ok after GOAWAY')).toEqual([]);
  }
});

/** Degraded, if it is. */
async function degraded(): Promise<readonly Condition[]> {
  const { conditions = [] } = (await cluster.status()).cluster.status ?? {};
  return conditions.filter(({ type, status }) => type === 'Degraded' && status === 'True');
}
