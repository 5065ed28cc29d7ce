import { afterAll, beforeAll, expect, it } from 'vitest';
import { Command } from '../../support/command.ts';
import { LightClient } from '../../support/light-client.ts';
import { endsOf, Load, type Noticed } from '../../support/load.ts';
import { measured, round } from '../../support/measured.ts';
import { until } from '../../support/until.ts';
import { Watch } from '../../support/watch.ts';
import { ProcessKubelet, sharedPlane } from '../index.ts';
import {
  KubePrometheus,
  modestLoad,
  Scene,
  type SpecText,
  succeeds,
  type TestCluster,
} from '../scene/index.ts';

/** What a router can hold here; the load alone fits into one, and there is a spare one. */
const streamsRated = 75;
/** Subscriptions that come on top: together they fill more than two routers. So many clients that chance spares no router. */
const crowd = { clients: 35, each: 3 };
const scaledWithinMs = 180_000;
const toldWithinMs = 60_000;
const interval = 5;
/** Longer than it takes to go, if anything were to go by mistake. */
const temptationMs = 45_000;

let kubelet: ProcessKubelet;
let scene: Scene;
let prometheus: KubePrometheus;
let cluster: TestCluster;
let load: Load;
let comers: LightClient[] = [];

const specOf = (url: string): SpecText => ({
  caches: [{ name: 'cache' }],
  router: { replicas: 2, drainSeconds: 2, capacity: { streams: streamsRated } },
  storage: { replicas: 2 },
  scaling: {
    intervalSeconds: interval,
    prometheus: { url },
    router: { min: 2, max: 4, in: { stabilisationSeconds: 15, periodSeconds: 15 } },
  },
});

beforeAll(async () => {
  kubelet = await ProcessKubelet.start({ plane: sharedPlane() });
  scene = await Scene.open('scaling');
  prometheus = await KubePrometheus.start(scene);
  await scene.operator();
  cluster = scene.cluster('demo');
  await cluster.become(specOf(prometheus.url));
  const front = await scene.front('demo');
  await until('both routers are in rotation', 60_000, () => front.endpoints().length === 2);
  load = scene.closesFirst(await Load.start(front.endpoint, modestLoad));
}, 180_000);

afterAll(async () => {
  leave();
  await scene?.close();
  await prometheus?.stop();
  await kubelet?.stop();
});

/** Subscribers that are no part of what is judged. */
async function come(endpoint: string): Promise<void> {
  const watch = new Watch();
  for (let n = 0; n < crowd.clients; n++) {
    const client = new LightClient(endpoint, watch);
    comers.push(client);
    const topics = Array.from({ length: crowd.each }, (_, topic) => `crowd-${topic}`);
    await Promise.all(topics.map((topic) => client.subscribe('cache', topic).attached));
  }
}

function leave(): void {
  for (const client of comers) client.close();
  comers = [];
}

async function isSaid(type: string, status: string): Promise<boolean> {
  const { status: said } = await cluster.get();
  return said?.conditions.some((it) => it.type === type && it.status === status) ?? false;
}

async function desired(): Promise<number> {
  return (await cluster.get()).status?.scaling?.router?.desired ?? 0;
}

async function scaledTo(routers: number): Promise<void> {
  const startMs = performance.now();
  let said = '';
  const isDecided = async (): Promise<boolean> => {
    const { desired, message = '' } = (await cluster.get()).status?.scaling?.router ?? {};
    said = message;
    return desired === routers;
  };
  await until(`${routers} routers are decided on`, scaledWithinMs, isDecided).catch(
    (error: unknown) => {
      throw new Error(said, { cause: error });
    },
  );
  const decidedMs = performance.now() - startMs;
  await cluster.settled(scaledWithinMs);
  measured(
    `${routers} routers are decided on after ${round(decidedMs / 1000, 1)} s, and there after ` +
      `${round((performance.now() - startMs) / 1000, 1)} s`,
  );
}

/** Clients noticed nothing but that they were asked to go elsewhere. */
function expectUnnoticed(noticed: Noticed): void {
  expect(noticed.failedPublishes, load.failures.join()).toBe(0);
  expect(endsOf(noticed).filter((kind) => kind !== 'ok after GOAWAY')).toEqual([]);
}

it('Prometheus finds every pod by the job of the guide, with the labels that the operator asks for', async () => {
  const names = ['demo-router-0', 'demo-router-1', 'demo-storage-0', 'demo-storage-1'];
  const topicCluster = `${scene.namespace.name}/demo`;
  const found = await until('all are scraped', toldWithinMs, async () => {
    const samples = await prometheus.query(
      `topicplane_capacity_ratio{topic_cluster="${topicCluster}"}`,
    );
    const members = new Set(samples.map(({ labels }) => labels['name']));
    return members.size >= names.length ? samples : undefined;
  });
  expect(new Set(found.map(({ labels }) => labels['name']))).toEqual(new Set(names));
  for (const { labels } of found) {
    expect(labels['pod']).toBe(labels['name']);
    expect(labels['role']).toBe(labels['name']?.includes('router') ? 'router' : 'storage');
  }
  await until('the operator knows what they carry', toldWithinMs, () => {
    return isSaid('MetricsAvailable', 'True');
  });
});

it('more routers come when those that are there are full, and clients come to none that is not warm', {
  timeout: scaledWithinMs * 2,
}, async () => {
  const front = await scene.front('demo');
  const noticed = await load.during('routers 2 -> 4', async () => {
    await come(front.endpoint);
    await scaledTo(4);
  });
  expectUnnoticed(noticed);
  // Clients that come now come to all of them.
  leave();
  await come(front.endpoint);
  const clientsOf = 'topicplane_edge_subscriptions{name=~"demo-router-[23]"}';
  await until('the new routers have clients', toldWithinMs, async () => {
    const samples = await prometheus.query(`${clientsOf} > 0`);
    return samples.length === 2;
  });
  const early = `${clientsOf} > 0 and on(name) topicplane_router_phase{phase="in-rotation"} == 0`;
  expect(await prometheus.query(`max_over_time((${early})[10m:1s])`)).toEqual([]);
  const warmed = 'topicplane_router_warm_up_seconds_count{name=~"demo-router-[23]"}';
  expect((await prometheus.query(warmed)).map(({ value }) => value)).toEqual([1, 1]);
});

it('none goes while Prometheus is away, though all of them are empty', {
  timeout: 300_000,
}, async () => {
  await prometheus.kill();
  const startMs = performance.now();
  leave();
  await until('that is said', toldWithinMs, () => isSaid('MetricsAvailable', 'False'));
  measured(
    `MetricsAvailable is False ${round((performance.now() - startMs) / 1000, 1)} s after the end of Prometheus`,
  );
  const { status } = await cluster.get();
  const { reason } = status?.conditions.find(({ type }) => type === 'MetricsAvailable') ?? {};
  expect(reason).toBe('QueryFailed');
  await new Promise((resolve) => setTimeout(resolve, temptationMs));
  expect(await desired()).toBe(4);
  expect((await cluster.get()).status?.routers).toMatchObject({ desired: 4, ready: 4 });
  await prometheus.resume();
  await until('it is known again', toldWithinMs, () => isSaid('MetricsAvailable', 'True'));
});

it('those that are not needed any more go, and nothing is lost', {
  timeout: scaledWithinMs * 2,
}, async () => {
  expectUnnoticed(await load.during('routers 4 -> 2', () => scaledTo(2)));
  const counts = await load.stop();
  expect(load.failures).toEqual([]);
  expect(counts.discontinuities).toBe(0);
  expect(counts.silentLosses).toBe(0);
});

it('all of it is told: in the events, and by topicplane status', async () => {
  const events = await succeeds(scene.shell.kubectl(['events', '--for', 'tc/demo']));
  expect(events).toMatch(/ScaledOut +\S+ +routers: 2 -> \d: /);
  expect(events).toMatch(/ScaledIn +\S+ +routers: \d -> 2: /);
  const where = ['--kubeconfig', scene.shell.kubeconfigFile, '-n', scene.namespace.name];
  const status = new Command(['status', 'demo', ...where]);
  await status.ended;
  expect(status.output).toMatch(/scaling +routers: .*-> 2 at 20/);
});
