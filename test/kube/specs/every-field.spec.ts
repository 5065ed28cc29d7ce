import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { repository } from '../../support/command.ts';
import { until } from '../../support/until.ts';
import { ProcessKubelet, sharedPlane } from '../index.ts';
import { Scene, type TestCluster } from '../scene/index.ts';

const seenWithinMs = 30_000;
const rolledOutWithinMs = 240_000;

/** Where an edit shows: in the topology that members are given, in an object, or only in what the operator does. */
type Where = 'topology' | 'statefulsets/demo-router' | 'statefulsets/demo-storage' | 'nowhere';

interface Edit {
  /** As `pathsOf` names it; together they are all. */
  readonly field: string;
  /** Below `spec:`, merged into what is there. */
  readonly patch: object;
  readonly where: Where;
  /** A piece of the JSON there that comes with the edit. */
  readonly shows: string;
}

const topology = (field: string, patch: object, shows: string): Edit => {
  return { field, patch, where: 'topology', shows };
};

function podEdits(tier: 'router' | 'storage'): Edit[] {
  const edit = (field: string, fields: object, shows: string): Edit => {
    const where = `statefulsets/demo-${tier}` as const;
    return { field: `${tier}.${field}`, patch: { [tier]: fields }, where, shows };
  };
  const tolerate = (field: string, toleration: object, shows: string): Edit => {
    return edit(`tolerations[].${field}`, { tolerations: [toleration] }, shows);
  };
  return [
    edit('resources.limits.cpu', { resources: { limits: { cpu: 3 } } }, '"cpu":"3"'),
    edit('resources.limits.memory', { resources: { limits: { memory: '3Gi' } } }, '"3Gi"'),
    edit('resources.requests.cpu', { resources: { requests: { cpu: '70m' } } }, '"70m"'),
    edit('resources.requests.memory', { resources: { requests: { memory: '70Mi' } } }, '"70Mi"'),
    edit('nodeSelector', { nodeSelector: { 'kubernetes.io/os': 'linux' } }, '"linux"'),
    tolerate('operator', { operator: 'Exists' }, '"Exists"'),
    tolerate('key', { key: 'seventh', operator: 'Exists' }, '"seventh"'),
    tolerate('value', { key: 'seventh', value: 'heaven' }, '"heaven"'),
    tolerate('effect', { key: 'seventh', effect: 'NoExecute' }, '"NoExecute"'),
    tolerate(
      'tolerationSeconds',
      { key: 'seventh', effect: 'NoExecute', tolerationSeconds: 77 },
      '"tolerationSeconds":77',
    ),
  ];
}

const history = (field: string, value: number, shows: string): Edit => {
  return topology(`storage.history.${field}`, { storage: { history: { [field]: value } } }, shows);
};
const limit = (field: string, value: number): Edit => {
  return topology(`limits.${field}`, { limits: { [field]: value } }, `:${value}`);
};
const cache = (field: string, limits: object, shows: string): Edit => {
  return topology(`caches[].${field}`, { caches: [{ name: 'cache', limits }] }, shows);
};

const nowhere = (field: string, value: unknown): Edit => {
  const patch = field.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
  return { field, patch: patch as object, where: 'nowhere', shows: '' };
};

/** No tier follows its load: that is for other specs. */
const scalingEdits: readonly Edit[] = [
  nowhere('scaling.source', 'Members'),
  nowhere('scaling.intervalSeconds', 77),
  nowhere('scaling.prometheus.url', 'https://prometheus.example/seven'),
  ...['bearerTokenSecret', 'caSecret'].flatMap((secret) => [
    nowhere(`scaling.prometheus.${secret}.name`, 'seventh'),
    nowhere(`scaling.prometheus.${secret}.key`, 'seventh'),
  ]),
  ...['router', 'storage'].flatMap((tier) =>
    [
      ...Object.entries({ min: 3, targetPercent: 78, spare: 2, forecast: false }),
      ...['out', 'in'].flatMap((direction) => {
        const behaviour = {
          paused: true,
          tolerancePercent: 7,
          stabilisationSeconds: 77,
          stepMembers: 7,
          stepPercent: 77,
          periodSeconds: 77,
        };
        return Object.entries(behaviour).map(
          ([name, value]) => [`${direction}.${name}`, value] as const,
        );
      }),
      // As many as there are, so that none comes or goes.
      ['max', 3] as const,
    ].map(([field, value]) => nowhere(`scaling.${tier}.${field}`, value)),
  ),
];

const edits: readonly Edit[] = [
  topology('caches[].name', { caches: [{ name: 'seventh' }] }, '"seventh"'),
  limit('messageBytes', 70_007),
  limit('publishesPerSecond', 703),
  limit('subscriptions', 704),
  // From here on, the cache has limits of its own in place of those.
  cache('limits.publishesPerSecond', { publishesPerSecond: 701 }, ':701'),
  cache('limits.subscriptions', { subscriptions: 702 }, ':702'),
  history('items', 77, ':77'),
  history('bytes', 2_007_007, ':2007007'),
  history('ageSeconds', 78, ':78000'),
  history('idleSeconds', 79, ':79000'),
  topology('stream.heartbeatSeconds', { stream: { heartbeatSeconds: 7 } }, ':7000'),
  topology('stream.resumeZero', { stream: { resumeZero: 'newest' } }, '"resumeZero":2'),
  {
    field: 'router.rebalance',
    patch: { router: { rebalance: false } },
    where: 'nowhere',
    shows: '',
  },
  ...(['router', 'storage'] as const).map((tier): Edit => {
    const where = `statefulsets/demo-${tier}` as const;
    const patch = { [tier]: { replicas: 3 } };
    return { field: `${tier}.replicas`, patch, where, shows: '"replicas":3' };
  }),
  {
    field: 'router.drainSeconds',
    patch: { router: { drainSeconds: 7 } },
    where: 'statefulsets/demo-router',
    shows: '"terminationGracePeriodSeconds":',
  },
  ...['connections', 'streams', 'messagesPerSecond', 'egressBytesPerSecond'].map((field) => {
    const patch = { router: { capacity: { [field]: 71_007 } } };
    return topology(`router.capacity.${field}`, patch, `"${field}":71007`);
  }),
  ...['topics', 'messagesPerSecond', 'egressBytesPerSecond'].map((field) => {
    const patch = { storage: { capacity: { [field]: 72_007 } } };
    return topology(`storage.capacity.${field}`, patch, `"${field}":72007`);
  }),
  ...scalingEdits,
  ...podEdits('router'),
  ...podEdits('storage'),
  {
    field: 'image',
    patch: { image: 'registry.example/topicplane:seven' },
    where: 'statefulsets/demo-storage',
    shows: 'topicplane:seven',
  },
  {
    field: 'imagePullPolicy',
    patch: { imagePullPolicy: 'Never' },
    where: 'statefulsets/demo-router',
    shows: '"imagePullPolicy":"Never"',
  },
];

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** The paths of all fields of a schema that hold no other fields. */
function pathsOf({ properties, items }: Schema, path = ''): string[] {
  if (items) return pathsOf(items, `${path}[]`);
  if (!properties) return [path];
  return Object.entries(properties).flatMap(([name, child]) => {
    return pathsOf(child, path === '' ? name : `${path}.${name}`);
  });
}

let kubelet: ProcessKubelet;
let scene: Scene;
let cluster: TestCluster;

beforeAll(async () => {
  kubelet = await ProcessKubelet.start({ plane: sharedPlane() });
  scene = await Scene.open('fields');
  await scene.operator();
  cluster = scene.cluster('demo');
  await cluster.become({
    caches: [{ name: 'cache' }],
    router: { replicas: 2, drainSeconds: 1 },
    storage: { replicas: 2 },
  });
});

afterAll(async () => {
  await scene?.close();
  await kubelet?.stop();
});

async function shownAt(where: Where): Promise<string> {
  if (where === 'nowhere') return '';
  if (where === 'topology') return JSON.stringify(await cluster.topology());
  return JSON.stringify((await cluster.owned()).get(where)?.spec);
}

it('edits every field there is', () => {
  const file = readFileSync(join(repository, 'crds/topicplane.dev_topicclusters.yaml'), 'utf8');
  const crd = parse(file) as {
    spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: Schema } } } }[] };
  };
  const spec = crd.spec.versions[0]?.schema.openAPIV3Schema.properties.spec ?? {};
  expect(edits.map(({ field }) => field).toSorted()).toEqual(pathsOf(spec).toSorted());
});

it.each(edits.map((edit) => [edit.field, edit] as const))('%s can be changed', async (_, edit) => {
  const { patch, where, shows } = edit;
  const generation = (await cluster.get()).metadata.generation ?? 0;
  const before = await shownAt(where);
  const { code, stderr } = await scene.shell.kubectl([
    'patch',
    'tc',
    'demo',
    '--type=merge',
    '--patch',
    JSON.stringify({ spec: patch }),
  ]);
  expect([code, stderr]).toEqual([0, '']);
  await until('the operator has done it', seenWithinMs, async () => {
    const { metadata, status } = await cluster.get();
    expect(metadata.generation).toBe(generation + 1);
    if (status?.observedGeneration !== generation + 1) return false;
    const degraded = status.conditions.find(({ type }) => type === 'Degraded');
    expect(['InvalidSpec', 'ApplyFailed', 'TopologyRefused']).not.toContain(degraded?.reason);
    const now = await shownAt(where);
    return where === 'nowhere' || (now !== before && now.includes(shows));
  });
});

it('the pods follow, and nothing is left to do', {
  timeout: rolledOutWithinMs + 10_000,
}, async () => {
  const { status } = await cluster.settled(rolledOutWithinMs);
  expect(status).toMatchObject({
    routers: { desired: 3, ready: 3, updated: 3 },
    storage: { desired: 3, ready: 3, updated: 3 },
  });
});
