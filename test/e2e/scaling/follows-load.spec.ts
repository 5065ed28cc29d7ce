import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { LocalStatus } from '../../../local/index.ts';
import { Cluster } from '../../support/cluster.ts';
import { run } from '../../support/command.ts';
import { Crowd } from '../../support/crowd.ts';
import { Load, type LoadSize } from '../../support/load.ts';
import { measured } from '../../support/measured.ts';
import { Newcomers } from '../../support/newcomers.ts';
import { prometheusIsThere } from '../../support/prometheus-programs.ts';
import { routerSteps, routersAre } from '../../support/scaling-story.ts';
import { SdkClient } from '../../support/sdk-client.ts';
import type { SdkSubscription } from '../../support/sdk-subscription.ts';
import { until } from '../../support/until.ts';

/** For 40 subscriptions two routers that each carry 100 are right, for 260 four are. */
const spec = {
  routers: 2,
  drainSeconds: 4,
  routerCapacity: { streams: 100 },
  scaling: {
    intervalSeconds: 5,
    router: { min: 2, max: 4, in: { stabilisationSeconds: 15, periodSeconds: 15 } },
  },
};
const size: LoadSize = {
  topics: 20,
  publishesPerSecond: 1,
  hotPublishesPerSecond: 10,
  light: { hot: 5, others: 15, perClient: 5 },
  sdk: { hot: 5, others: 15, perClient: 5 },
};
const crowd = { clients: 22, subscriptionsEach: 10 };
const lateClients = 8;
const comeEveryMs = 1_000;
const goEveryMs = 200;
/** A machine that is busy elsewhere measures load of its own, and keeps routers for it. */
const withinMs = 150_000;

function followsLoad(flags: readonly string[], source: RegExp): void {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start(spec, flags);
  });
  afterAll(() => cluster.stop());

  it('routers go 2 -> 4 -> 2 with the load; nobody comes to one that warms up, and nothing is lost', async () => {
    const load = await Load.start(cluster.endpoint, size);
    onTestFinished(() => load.close());
    await routersAre(cluster, 2, withinMs);
    const newcomers = await Newcomers.watch(cluster);
    onTestFinished(() => newcomers.stop());
    const others = new Crowd(cluster.endpoint, load);
    onTestFinished(() => others.close());
    const late = new Crowd(cluster.endpoint, load);
    onTestFinished(() => late.close());
    const lateSdk: SdkSubscription[] = [];

    await load.during('routers 2 -> 4 -> 2 with the load', async () => {
      await others.grow(crowd.clients, crowd.subscriptionsEach, comeEveryMs);
      await routersAre(cluster, 4, withinMs);
      await newClientsReachAll(late, lateSdk, load);
      await others.go(goEveryMs);
      await routersAre(cluster, 2, withinMs);
    });
    await newcomers.stop();

    const counts = await load.stop();
    expect(load.failures).toEqual([]);
    expect(counts.discontinuities).toBe(0);
    expect(late.moves, 'some had come to routers that went').toBeGreaterThan(0);
    for (const { errors, isSubscribed } of [...load.sdk, ...lateSdk]) {
      expect({ errors, isSubscribed }).toEqual({ errors: [], isSubscribed: true });
    }
    for (const subscription of lateSdk) subscription.close();
    measured(
      newcomers.all.map(({ name, asked }) => `${name} was asked ${asked} times`).join(', ') +
        ` before it was in the rotation; ${late.moves} moves of ${lateClients} late clients`,
    );
    expect(newcomers.all.length).toBeGreaterThanOrEqual(2);
    for (const newcomer of newcomers.all) {
      expect(newcomer).toMatchObject({ isInRotation: true, callsBefore: 0 });
      expect(newcomer.asked).toBeGreaterThan(0);
    }
  });

  it('tells the whole story in its events, and in the status for people and machines', async () => {
    const steps = routerSteps(cluster);
    measured(steps.map(({ message }) => message).join('; '));
    expect(steps.at(0)).toMatchObject({ reason: 'ScaledOut', from: 2 });
    expect(steps.at(-1)).toMatchObject({ reason: 'ScaledIn', to: 2 });
    expect(Math.max(...steps.map(({ to }) => to))).toBe(4);
    for (const [n, { reason, from, to }] of steps.entries()) {
      expect(from).toBe(n === 0 ? 2 : steps[n - 1]?.to);
      expect(reason).toBe(to > from ? 'ScaledOut' : 'ScaledIn');
    }
    expect(steps.some(({ message }) => message.includes(': streams needs '))).toBe(true);

    const last = `${steps.at(-1)?.from} -> 2`;
    const { dataDir } = await cluster.status();
    const text = (await run(['status', '--data-dir', dataDir])).output;
    expect(text).toMatch(/^scaling +routers: .* 2/m);
    expect(text).toContain(last);
    expect(text).toMatch(source);
    const json = (await run(['status', '--json', '--data-dir', dataDir])).output;
    const { cluster: resource } = JSON.parse(json) as LocalStatus;
    expect(resource.status?.scaling?.router).toMatchObject({ desired: 2 });
    expect(resource.status?.scaling?.router?.steps.map(({ to }) => to)).toEqual(
      steps.map(({ to }) => to).slice(-8),
    );
    expect(resource.status?.scaling?.router?.leads.length).toBeGreaterThanOrEqual(2);
  });

  /** One connection each: some are with a router that goes when the crowd has. */
  async function newClientsReachAll(
    late: Crowd,
    lateSdk: SdkSubscription[],
    { watch, topics }: Load,
  ): Promise<void> {
    await late.grow(lateClients, 1, 0);
    for (const topic of topics.slice(0, lateClients)) {
      const sdk = new SdkClient(cluster.endpoint, watch, { keepAliveTimeoutMs: 20_000 });
      lateSdk.push(await sdk.subscribe('cache', topic));
    }
    await until('every router has subscriptions', withinMs, async () => {
      const routers = await cluster.states('router');
      return routers.every(({ subscriptions }) => subscriptions > 0);
    });
  }
}

describe('routers that follow what the members say', () => {
  followsLoad([], /^MetricsAvailable +True +MetricsRead +the members say/m);
});

describe.runIf(prometheusIsThere())('routers that follow what Prometheus says', () => {
  followsLoad(
    ['--prometheus'],
    /^MetricsAvailable +True +MetricsRead +Prometheus at http:\S+ says/m,
  );
});
