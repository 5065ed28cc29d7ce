import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { measured, round } from '../../support/measured.ts';
import { RawClient } from '../../support/raw-client.ts';
import { SdkClient } from '../../support/sdk-client.ts';
import type { SdkSubscription } from '../../support/sdk-subscription.ts';
import { sound } from '../../support/settle.ts';
import { Traffic } from '../../support/traffic.ts';
import { until } from '../../support/until.ts';
import { Watch } from '../../support/watch.ts';
import { ProcessKubelet, type ServiceFront, sharedPlane } from '../index.ts';
import { type OperatorProcess, Scene, type TestCluster } from '../scene/index.ts';

/** A whole minute, as is required. With TOPICPLANE_OUTAGE_SECONDS=15 it is past the Lease and every backoff only. */
const outageMs = Number(process.env['TOPICPLANE_OUTAGE_SECONDS'] ?? 60) * 1000;
/** Of one outage with all around it. */
const testMsMax = outageMs + 120_000;
const convergedWithinMs = 60_000;
/** Attempts a second while nothing answers. */
const attemptsPerSecondMax = 10;
/** Publishes that are under way; a loaded machine gets more. */
const silenceMsMax = 10_000;

const topics = Array.from({ length: 6 }, (_, n) => `topic-${n}`);
const spec = {
  caches: [{ name: 'cache' }],
  router: { replicas: 2 },
  storage: { replicas: 2 },
};

let kubelet: ProcessKubelet;
let scene: Scene;
let operator: OperatorProcess;
let cluster: TestCluster;

beforeAll(async () => {
  kubelet = await ProcessKubelet.start({ plane: sharedPlane() });
  scene = await Scene.open('outage');
  operator = await scene.operator();
  cluster = scene.cluster('demo');
  await cluster.become(spec);
});

afterAll(async () => {
  await scene?.close();
  await kubelet?.stop();
});

let watch: Watch;
let front: ServiceFront;
let traffic: Traffic;
let subscriptions: SdkSubscription[];

beforeEach(async () => {
  front = await scene.front('demo');
  await until('both routers are in rotation', 60_000, () => front.endpoints().length === 2);
  watch = new Watch();
  const clients = [1, 2, 3].map(() => new SdkClient(front.endpoint, watch));
  const raw = scene.closesFirst(new RawClient(front.endpoint, watch));
  subscriptions = await Promise.all(
    clients.flatMap((client) => topics.map((topic) => client.subscribe('cache', topic))),
  );
  traffic = new Traffic(watch, { cache: 'cache', topics, clients: [...clients, raw], paceMs: 20 });
});

afterEach(async () => {
  await traffic.stop();
  for (const subscription of subscriptions) subscription.close();
});

/** @param end of the outage; resolves when the API server answers again. */
async function survives(what: string, begin: () => Promise<void> | void, end: () => Promise<void>) {
  const { metadata } = await cluster.get();
  const before = await cluster.topology();
  const incarnations = (await cluster.states()).map(({ incarnation }) => incarnation);
  await until('traffic flows', 60_000, () => topics.every((it) => traffic.report(it).acked > 10));
  traffic.forget();
  await begin();
  const attempts = await attemptsOf(operator);
  const startMs = performance.now();
  await delay(outageMs / 2);
  // One more client comes, through the routers that were in rotation when Kubernetes was last heard of.
  const late = new SdkClient(front.endpoint, watch);
  subscriptions.push(...(await Promise.all(topics.map((it) => late.subscribe('cache', it)))));
  await delay(outageMs / 2);
  const seconds = (performance.now() - startMs) / 1000;
  const attempted = ((await attemptsOf(operator)) - attempts) / seconds;
  expect(attempted).toBeLessThan(attemptsPerSecondMax);
  expect(await operator.isLeading()).toBe(false);
  for (const topic of topics) {
    expect(traffic.report(topic).failed).toBe(0);
    expect(traffic.report(topic).silenceMsMax).toBeLessThan(silenceMsMax);
  }
  await end();
  const backMs = performance.now();
  const edited = { ...spec, caches: [...spec.caches, { name: `after-${metadata.generation}` }] };
  await cluster.become(edited, convergedWithinMs);
  const convergedMs = performance.now() - backMs;
  measured(
    `API server ${what} for ${round(seconds)} s: ${round(attempted, 1)} requests/s meanwhile, ` +
      `an edit is so ${round(convergedMs / 1000, 1)} s after it is back`,
  );
  expect(convergedMs).toBeLessThan(convergedWithinMs);
  await traffic.stop();
  const { counts } = await sound(watch);
  expect(counts.discontinuities).toBe(0);
  for (const topic of topics) expect(traffic.report(topic).failed).toBe(0);
  for (const { errors, connectionsLost } of subscriptions) {
    expect([errors, connectionsLost]).toEqual([[], 0]);
  }
  // The same processes served all the time, and no topic moved.
  expect((await cluster.states()).map(({ incarnation }) => incarnation)).toEqual(incarnations);
  expect((await cluster.topology()).ring).toEqual(before.ring);
}

const attemptsOf = (of: OperatorProcess) => of.metric('topicplane_operator_api_requests_total');

describe('an API server that', () => {
  it(
    'stands still is not missed by any client, and the operator catches up',
    async () => {
      const { plane } = scene;
      await survives(
        'stopped',
        () => plane.pauseApiServer(),
        () => plane.resumeApiServer(),
      );
    },
    testMsMax,
  );

  it(
    'dies is not missed by any client, and the operator catches up',
    async () => {
      const { plane } = scene;
      await survives(
        'dead',
        () => plane.killApiServer(),
        () => plane.startApiServer(),
      );
    },
    testMsMax,
  );
});

it('an operator that starts while there is no API server waits for it', async () => {
  await operator.stop();
  const kubeconfig = await scene.credentials();
  await scene.plane.killApiServer();
  const early = scene.operator('early', { kubeconfig });
  await delay(2_000);
  await scene.plane.startApiServer();
  const started = await early;
  await until('it leads', convergedWithinMs, () => started.isLeading());
  await cluster.become({ ...spec, caches: [...spec.caches, { name: 'early' }] }, convergedWithinMs);
});
