import { setTimeout as delay } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { measured, round } from '../../support/measured.ts';
import { RawClient } from '../../support/raw-client.ts';
import { Watch } from '../../support/watch.ts';
import { ProcessKubelet, sharedPlane } from '../index.ts';
import { type OperatorProcess, Scene, type SpecText, type TestCluster } from '../scene/index.ts';

/** Longer than a few resyncs. */
const quietMs = 5_000;

interface PodTemplate {
  readonly spec: { readonly containers: readonly { readonly image: string; resources?: object }[] };
}

const base = {
  image: 'registry.example/topicplane:one',
  caches: [{ name: 'cache' }],
  router: { replicas: 1 },
  storage: { replicas: 1 },
} satisfies SpecText;

let kubelet: ProcessKubelet;
let scene: Scene;
let operator: OperatorProcess;
let cluster: TestCluster;
let client: RawClient;

beforeAll(async () => {
  kubelet = await ProcessKubelet.start({ plane: sharedPlane() });
  scene = await Scene.open('edits');
  operator = await scene.operator();
  cluster = scene.cluster('demo');
  await cluster.become(base);
  const front = await scene.front('demo');
  client = scene.closesFirst(new RawClient(front.endpoint, new Watch()));
});

afterAll(async () => {
  await scene?.close();
  await kubelet?.stop();
});

/** Edits, and tells which of the operator's objects are others than before. */
async function touchedBy(what: string, spec: SpecText): Promise<string[]> {
  const generation = (await cluster.get()).metadata.generation ?? 0;
  const before = await cluster.versions();
  const startMs = performance.now();
  await cluster.become(spec);
  measured(`${what} is so after ${round((performance.now() - startMs) / 1000, 1)} s`);
  const { metadata, status: said } = await cluster.get();
  expect(metadata.generation).toBe(generation + 1);
  expect(said?.observedGeneration).toBe(generation + 1);
  const after = await cluster.versions();
  expect(Object.keys(after)).toEqual(Object.keys(before));
  return Object.keys(after).filter((name) => name !== 'itself' && after[name] !== before[name]);
}

async function processes(): Promise<Record<string, string>> {
  const pods = await cluster.pods();
  return Object.fromEntries(pods.map(({ metadata }) => [metadata.name, metadata.uid ?? '']));
}

async function templateOf(component: string): Promise<PodTemplate['spec']['containers'][number]> {
  const set = (await cluster.owned()).get(`statefulsets/demo-${component}`);
  const template = (set?.spec as { template: PodTemplate } | undefined)?.template;
  const [container] = template?.spec.containers ?? [];
  if (!container) throw new Error(`the ${component} pods have no container`);
  return container;
}

it('a reconcile that finds nothing to do writes nothing', async () => {
  const before = await cluster.versions();
  const count = () => operator.metric('topicplane_operator_reconciles_total');
  const [reconciles, mark] = [await count(), scene.plane.auditMark()];
  await delay(quietMs);
  expect((await count()) - reconciles).toBeGreaterThanOrEqual(2);
  expect(await cluster.versions()).toEqual(before);
  const asked = scene.requestsSince(mark).filter(({ resource }) => resource !== 'leases');
  expect(asked.filter(({ verb }) => !['get', 'list', 'watch'].includes(verb))).toEqual([]);
});

it('replicas: pods are added and taken away, and no other is touched', async () => {
  const before = await processes();
  const more = { ...base, router: { replicas: 2 }, storage: { replicas: 2 } };
  const touched = await touchedBy('one more of each', more);
  // Budgets are counted anew by Kubernetes, endpoints are objects of their own.
  expect(touched.filter((name) => !name.startsWith('poddisruptionbudgets/'))).toEqual([
    'statefulsets/demo-router',
    'statefulsets/demo-storage',
    'configmaps/demo-topology',
  ]);
  expect(await processes()).toMatchObject(before);
  expect((await cluster.states()).length).toBe(4);
  expect((await cluster.topology()).ring).toHaveLength(2);
  await cluster.become(base);
  expect(await processes()).toEqual(before);
  expect((await cluster.topology()).ring).toEqual(['demo-storage-0']);
});

it('caches: a new one can be used, and one that is taken away can not', async () => {
  const before = await processes();
  expect((await client.send('new', 't', 'x'))?.code).toBe(status.NOT_FOUND);
  const spec = { ...base, caches: [...base.caches, { name: 'new' }] };
  expect(await touchedBy('a new cache', spec)).toEqual(['configmaps/demo-topology']);
  expect(await client.send('new', 't', 'x')).toBeUndefined();
  expect(await touchedBy('its end', base)).toEqual(['configmaps/demo-topology']);
  expect((await client.send('new', 't', 'x'))?.code).toBe(status.NOT_FOUND);
  expect(await processes()).toEqual(before);
});

it('limits: they hold at once, and no pod is touched', async () => {
  const before = await processes();
  const payload = Buffer.alloc(2_000);
  expect(await client.send('cache', 't', payload)).toBeUndefined();
  const spec = { ...base, limits: { messageBytes: 1_000 } };
  expect(await touchedBy('a smaller limit', spec)).toEqual(['configmaps/demo-topology']);
  expect((await client.send('cache', 't', payload))?.code).toBe(status.RESOURCE_EXHAUSTED);
  expect(await processes()).toEqual(before);
  await cluster.become(base);
  expect(await client.send('cache', 't', payload)).toBeUndefined();
});

it('resources of one tier: its pods are replaced, and those of the other are not', async () => {
  const before = await processes();
  const resources = { requests: { cpu: '300m', memory: '0.25Gi' }, limits: { memory: '1Gi' } };
  const spec = { ...base, router: { ...base.router, resources } };
  const touched = await touchedBy('other resources of the router', spec);
  expect(touched.filter((name) => !name.startsWith('poddisruptionbudgets/'))).toEqual([
    'statefulsets/demo-router',
  ]);
  const after = await processes();
  expect(after['demo-router-0']).not.toBe(before['demo-router-0']);
  expect(after['demo-storage-0']).toBe(before['demo-storage-0']);
  expect((await templateOf('router')).resources).toEqual({
    requests: { cpu: '300m', memory: '256Mi' },
    limits: { memory: '1Gi' },
  });
});

it('image: every pod is replaced', async () => {
  const before = await processes();
  const image = 'registry.example/topicplane:two';
  await touchedBy('another image', { ...base, image });
  const after = await processes();
  for (const [pod, uid] of Object.entries(before)) expect(after[pod]).not.toBe(uid);
  for (const component of ['router', 'storage']) {
    expect((await templateOf(component)).image).toBe(image);
  }
  const { status: said } = await cluster.get();
  expect(said?.routers).toMatchObject({ desired: 1, ready: 1, updated: 1 });
});

it('fields of others stay: labels, annotations and a Service that was made a NodePort', async () => {
  const metadata = { labels: { team: 'a' }, annotations: { note: 'mine' } };
  const path = scene.namespace.path('services/demo');
  await scene.api.patch(path, { metadata, spec: { type: 'NodePort' } });
  const { spec } = await cluster.get();
  await cluster.become({ ...spec, caches: [{ name: 'cache' }, { name: 'more' }] });
  await delay(2_000);
  expect(await scene.api.get(path)).toMatchObject({ metadata, spec: { type: 'NodePort' } });
  expect(operator.log.filter(({ level }) => level >= 50)).toEqual([]);
});
