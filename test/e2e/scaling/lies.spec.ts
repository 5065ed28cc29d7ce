import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { Series } from '../../../operator/capacity/scripted-prometheus.ts';
import { Cluster } from '../../support/cluster.ts';
import { Crowd } from '../../support/crowd.ts';
import { Load, type LoadSize } from '../../support/load.ts';
import { measured, round } from '../../support/measured.ts';
import { routerSteps, routersAre } from '../../support/scaling-story.ts';
import { TruthfulPrometheus } from '../../support/truthful-prometheus.ts';
import { until } from '../../support/until.ts';

const stabilisationMs = 5_000;
/** Longer than scaling in waits for a load that is gone. */
const lieMs = 2 * stabilisationMs;
const knownWithinMs = 60_000;
/** A machine that is busy elsewhere measures load of its own, and keeps routers for it. */
const patienceMs = 150_000;
/** For 40 subscriptions two routers that each carry 100 are right, for 160 three are. */
const size: LoadSize = {
  topics: 20,
  publishesPerSecond: 1,
  hotPublishesPerSecond: 10,
  light: { hot: 5, others: 15, perClient: 5 },
  sdk: { hot: 5, others: 15, perClient: 5 },
};

const prometheus = await TruthfulPrometheus.start();
let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({
    routers: 3,
    drainSeconds: 4,
    routerCapacity: { streams: 100 },
    scaling: {
      source: 'Prometheus',
      intervalSeconds: 5,
      prometheus: { url: prometheus.url },
      router: {
        ...{ min: 2, max: 4 },
        in: { stabilisationSeconds: stabilisationMs / 1000, periodSeconds: 15 },
      },
    },
  });
  prometheus.of(cluster);
  prometheus.tellTheTruth();
});
afterAll(async () => {
  await cluster.stop();
  await prometheus.stop();
});

it('a Prometheus that is away or lies takes no router away, and clients do not notice', async () => {
  const load = await Load.start(cluster.endpoint, size);
  onTestFinished(() => load.close());
  const crowd = new Crowd(cluster.endpoint, load);
  onTestFinished(() => crowd.close());
  await crowd.grow(12, 10, 100);
  await metricsAre('True', patienceMs);
  await routersAre(cluster, 3, patienceMs);
  const before = routerSteps(cluster).length;

  const tookMs = new Map<string, number>();
  for (const { what, reason, begin } of lies) {
    await begin();
    const startMs = performance.now();
    await metricsAre('False', patienceMs, reason);
    tookMs.set(what, performance.now() - startMs);
    await delay(lieMs);
    expect(await condition(), what).toMatchObject({ status: 'False', reason });
  }
  measured(
    `MetricsAvailable is False: ${[...tookMs].map(([what, ms]) => `${what} ${round(ms / 1000, 1)} s`).join(', ')}`,
  );
  for (const [what, ms] of tookMs) expect(ms, what).toBeLessThan(knownWithinMs);
  const blind = routerSteps(cluster).slice(before);
  // What may be too many does no harm; but on numbers that can't be believed it is one and no more.
  expect(blind.filter(({ reason }) => reason === 'ScaledIn')).toEqual([]);
  expect(blind.length).toBeLessThanOrEqual(1);

  prometheus.tellTheTruth();
  const startMs = performance.now();
  await metricsAre('True', patienceMs);
  measured(
    `MetricsAvailable is True again after ${round((performance.now() - startMs) / 1000, 1)} s`,
  );
  await crowd.go(50);
  await routersAre(cluster, 2, patienceMs);
  expect(routerSteps(cluster).at(-1)).toMatchObject({ reason: 'ScaledIn', to: 2 });

  const counts = await load.stop();
  expect(load.failures).toEqual([]);
  expect(counts.failed).toBe(0);
  expect(counts.discontinuities).toBe(0);
});

interface Lie {
  readonly what: string;
  /** What the condition says of it. */
  readonly reason: string;
  readonly begin: () => void | Promise<void>;
}

/** Each one that is read as it stands says that fewer routers, or far more, are right. */
const lies: readonly Lie[] = [
  {
    what: '500',
    reason: 'QueryFailed',
    begin: () => prometheus.answerWith((_request, response) => response.writeHead(500).end()),
  },
  { what: 'empty', reason: 'NoData', begin: () => prometheus.distort(() => []) },
  { what: 'no answer', reason: 'QueryFailed', begin: () => prometheus.answerWith(() => {}) },
  {
    what: 'frozen',
    reason: 'Stale',
    begin: async () => {
      const frozen = await prometheus.truth();
      prometheus.distort(() => frozen);
    },
  },
  {
    what: 'NaN',
    reason: 'Absurd',
    begin: () => prometheus.distort((all) => valued(all, () => 'NaN')),
  },
  {
    what: 'of another cluster',
    reason: 'NoData',
    begin: () => prometheus.distort((all) => all.map(ofAnother)),
  },
  {
    what: 'x1000',
    reason: 'Absurd',
    begin: () => prometheus.distort((all) => valued(all, (value) => String(1000 * Number(value)))),
  },
];

function ofAnother({ metric, values }: Series): Series {
  return { metric: { ...metric, topic_cluster: 'default/other' }, values };
}

function valued(all: readonly Series[], of: (value: string) => string): readonly Series[] {
  return all.map(({ metric, values }) => {
    return { metric, values: values.map(([at, value]) => [at, of(value)] as const) };
  });
}

async function condition() {
  const { cluster: resource } = await cluster.status();
  return resource.status?.conditions.find(({ type }) => type === 'MetricsAvailable');
}

async function metricsAre(status: string, withinMs: number, reason?: string): Promise<void> {
  await until(`MetricsAvailable is ${status}, ${reason}`, withinMs, async () => {
    const found = await condition();
    return found?.status === status && (reason === undefined || found.reason === reason);
  });
}
