import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { measured, round } from '../../support/measured.ts';
import { metric } from '../../support/member-calls.ts';
import { until } from '../../support/until.ts';
import { type OperatorProcess, Scene } from '../scene/index.ts';

const count = 50;
const madeWithinMs = 90_000;
const steadyMs = 6_500;
/** Objects that the operator makes of one cluster before a topology: sets, Services, budgets and the account. */
const objectsOfOne = 8;

let scene: Scene;
let operator: OperatorProcess;
const names = Array.from({ length: count }, (_, n) => `many-${n}`);

beforeAll(async () => {
  // Without a kubelet: the pods are there, and wait for a node.
  scene = await Scene.open('many');
  operator = await scene.operator();
});

afterAll(() => scene?.close());

/** Of every object of the namespace that is anything to the operator, by its path. */
async function versions(): Promise<Map<string, string>> {
  const paths = [
    scene.namespace.path('topicclusters', 'topicplane.dev/v1alpha1'),
    scene.namespace.path('statefulsets', 'apps/v1'),
    scene.namespace.path('poddisruptionbudgets', 'policy/v1'),
    ...['services', 'configmaps', 'serviceaccounts'].map((plural) => scene.namespace.path(plural)),
  ];
  const lists = await Promise.all(
    paths.map(async (path) => {
      const items = await scene.api.list(path);
      return items.map(({ metadata }) => {
        return [`${path}/${metadata.name}`, metadata.resourceVersion ?? ''] as const;
      });
    }),
  );
  return new Map(lists.flat());
}

it(`${count} clusters are made at once`, async () => {
  const clusters = names.map((name) =>
    stringify({
      apiVersion: 'topicplane.dev/v1alpha1',
      kind: 'TopicCluster',
      metadata: { name },
      spec: { caches: [{ name: 'cache' }], router: { replicas: 1 }, storage: { replicas: 1 } },
    }),
  );
  const [startMs, mark] = [performance.now(), scene.plane.auditMark()];
  const { code, stderr } = await scene.shell.kubectl(['apply', '-f', '-'], clusters.join('---\n'));
  expect([code, stderr]).toEqual([0, '']);
  const appliedMs = performance.now();
  await until('every cluster has its objects', madeWithinMs, async () => {
    const owned = [...(await scene.cluster(names[0] ?? '').owned()).values()];
    const sets = await scene.api.list(scene.namespace.path('statefulsets', 'apps/v1'));
    return owned.length === objectsOfOne && sets.length === 2 * count;
  });
  const requests = () => operator.metric('topicplane_operator_api_requests_total');
  await until(
    'nothing changes any more, and nothing is left to be told',
    madeWithinMs,
    async () => {
      const [before, asked] = [await versions(), await requests()];
      await delay(3_000);
      const after = await versions();
      // Watches and renewals of the Lease go on.
      if ((await requests()) - asked > 20) return false;
      return [...after].every(([path, version]) => before.get(path) === version);
    },
  );
  const asked = scene.requestsSince(mark).filter(({ resource }) => resource !== 'leases');
  measured(
    `${count} clusters: kubectl apply took ${round((appliedMs - startMs) / 1000, 1)} s, all was made ` +
      `${round((performance.now() - appliedMs - 3_000) / 1000, 1)} s later with ${asked.length} requests ` +
      `(${round(asked.length / count, 1)} a cluster)`,
  );
  const refused = asked.filter((each) => each.code >= 400);
  expect(refused.map(({ verb, uri, code: said }) => `${said} ${verb} ${uri}`)).toEqual([]);
}, 200_000);

it('a reconcile that finds nothing to do asks for nothing and writes nothing', async () => {
  const reconciles = () => operator.metric('topicplane_operator_reconciles_total');
  const reconcileSeconds = () => operator.metric('topicplane_operator_reconcile_seconds_sum');
  const processorSeconds = () => metric(operator.admin, 'process_cpu_seconds_total');
  const before = {
    versions: await versions(),
    reconciles: await reconciles(),
    reconcileSeconds: await reconcileSeconds(),
    processorSeconds: await processorSeconds(),
    mark: scene.plane.auditMark(),
  };
  await delay(steadyMs);
  const done = (await reconciles()) - before.reconciles;
  const spent = (await reconcileSeconds()) - before.reconcileSeconds;
  const processor = (await processorSeconds()) - before.processorSeconds;
  const asked = scene.requestsSince(before.mark).filter(({ resource }) => resource !== 'leases');
  const resident = await metric(operator.admin, 'process_resident_memory_bytes');
  measured(
    `${count} clusters, ${round(steadyMs / 1000)} s without a change: ${done} reconciles of ` +
      `${round((spent / done) * 1000, 2)} ms, ${round(asked.length / done, 3)} requests each, ` +
      `${round((processor / (steadyMs / 1000)) * 100, 1)} % of a processor, ` +
      `${round(resident / 1024 / 1024)} MiB resident`,
  );
  // Every cluster is looked at now and then.
  expect(done).toBeGreaterThanOrEqual(count);
  // Watches that end after a while are opened again.
  expect(
    asked.filter(({ verb }) => verb !== 'watch').map(({ verb, uri }) => `${verb} ${uri}`),
  ).toEqual([]);
  expect(await versions()).toEqual(before.versions);
});

it('an edit of one cluster is a matter of that cluster', async () => {
  const [before, mark] = [await versions(), scene.plane.auditMark()];
  const cluster = scene.cluster('many-7');
  const startMs = performance.now();
  await cluster.apply({
    caches: [{ name: 'cache' }],
    router: { replicas: 2 },
    storage: { replicas: 1 },
  });
  await until('it is taken up', 60_000, async () => {
    const { metadata, status } = await cluster.get();
    return status?.observedGeneration === metadata.generation;
  });
  measured(
    `an edit among ${count} clusters is taken up in ${round(performance.now() - startMs)} ms`,
  );
  await delay(1_000);
  const after = await versions();
  const touched = [...after].filter(([path, version]) => before.get(path) !== version);
  expect(touched.filter(([path]) => !/\/many-7(-|$)/.test(path))).toEqual([]);
  const wrote = scene.requestsSince(mark).filter(({ verb, resource }) => {
    return !['get', 'list', 'watch'].includes(verb) && resource !== 'leases';
  });
  expect(wrote.filter(({ name }) => !name.startsWith('many-7') && name !== '')).toEqual([]);
});
