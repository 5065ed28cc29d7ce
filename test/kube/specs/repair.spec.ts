import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measured, round } from '../../support/measured.ts';
import { isAlive } from '../../support/process-table.ts';
import { RawClient } from '../../support/raw-client.ts';
import { until } from '../../support/until.ts';
import { Watch } from '../../support/watch.ts';
import { ProcessKubelet, sharedPlane } from '../index.ts';
import { Scene, type TestCluster } from '../scene/index.ts';

const repairedWithinMs = 60_000;
const collectedWithinMs = 30_000;
const spec = {
  caches: [{ name: 'cache' }],
  router: { replicas: 1 },
  storage: { replicas: 2 },
};

let kubelet: ProcessKubelet;
let scene: Scene;
let cluster: TestCluster;
let client: RawClient;

beforeAll(async () => {
  kubelet = await ProcessKubelet.start({ plane: sharedPlane() });
  scene = await Scene.open('repair');
  await scene.operator();
  cluster = scene.cluster('demo');
  await cluster.become(spec);
  const front = await scene.front('demo');
  client = scene.closesFirst(new RawClient(front.endpoint, new Watch()));
});

afterAll(async () => {
  await scene?.close();
  await kubelet?.stop();
});

const kubectl = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await scene.shell.kubectl(args);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
};

/** Waits until the object, and what runs because of it, is another one than before, and the cluster is whole. */
async function repaired(key: string, uid: string, pods: readonly string[]): Promise<void> {
  const startMs = performance.now();
  await until(`another ${key}`, repairedWithinMs, async () => {
    const now = (await cluster.owned()).get(key)?.metadata.uid;
    return now !== undefined && now !== uid;
  });
  // The garbage collector takes its time.
  await until(`the end of the pods of ${key}`, repairedWithinMs, () => {
    return !kubelet.running(scene.namespace.name).some((pod) => pods.includes(pod.uid));
  });
  await cluster.settled(repairedWithinMs);
  measured(`${key} deleted, whole again after ${round((performance.now() - startMs) / 1000, 1)} s`);
  expect(await client.send('cache', 't', 'x')).toBeUndefined();
}

/**
 * Kubernetes' garbage collector looks for new kinds every 30 s, and knows nothing of TopicClusters before. Whoever
 * installed the resource definition a moment ago waits that much longer.
 */
async function collectorKnowsTopicClusters(): Promise<void> {
  const gone = { apiVersion: 'topicplane.dev/v1alpha1', kind: 'TopicCluster', name: 'gone' };
  const ownerReferences = [{ ...gone, uid: '00000000-0000-4000-8000-000000000000' }];
  const maps = scene.namespace.path('configmaps');
  const startMs = performance.now();
  for (let n = 0; performance.now() - startMs < 60_000; n++) {
    const name = `orphan-${n}`;
    await scene.api.create(maps, { metadata: { name, ownerReferences } });
    const collected = until(
      'its end',
      2_000,
      async () => !(await scene.api.find(`${maps}/${name}`)),
    );
    if (await collected.catch(() => false)) return;
  }
  throw new Error('the garbage collector does not learn of TopicClusters');
}

describe('what is deleted by hand is made again', () => {
  it.each([
    'services/demo',
    'services/demo-storage',
    'configmaps/demo-topology',
    'serviceaccounts/demo-member',
    'poddisruptionbudgets/demo-router',
    'statefulsets/demo-router',
    'statefulsets/demo-storage',
  ])('%s', async (key) => {
    const uid = (await cluster.owned()).get(key)?.metadata.uid ?? '';
    const before = (await cluster.topology()).version;
    const pods = kubelet
      .running(scene.namespace.name)
      .filter(({ name }) => `statefulsets/${name}`.startsWith(key));
    await kubectl('delete', key, '--wait=false');
    await repaired(
      key,
      uid,
      pods.map((pod) => pod.uid),
    );
    const after = (await cluster.topology()).version;
    expect(after?.term).toBe(before?.term);
    expect(after?.epoch).toBeGreaterThanOrEqual(before?.epoch ?? 0);
  });

  it.each(['demo-router-0', 'demo-storage-1'])('pod %s', async (pod) => {
    const { uid } = kubelet.pod(scene.namespace.name, pod);
    const startMs = performance.now();
    await kubectl('delete', 'pod', pod, '--wait=false');
    await until(`another ${pod}`, repairedWithinMs, () => {
      const found = kubelet.running(scene.namespace.name).find(({ name }) => name === pod);
      return found !== undefined && found.uid !== uid && found.ready;
    });
    await cluster.settled(repairedWithinMs);
    measured(
      `pod ${pod} deleted, whole again after ${round((performance.now() - startMs) / 1000, 1)} s`,
    );
    expect(await client.send('cache', 't', 'x')).toBeUndefined();
  });
});

describe('what is changed by hand is as it was', () => {
  it.each([
    ['statefulsets/demo-router', '{"spec":{"replicas":3}}', 'spec.replicas'],
    [
      'services/demo',
      '{"spec":{"selector":{"app.kubernetes.io/component":"none"}}}',
      'spec.selector',
    ],
    ['services/demo', '{"spec":{"selector":{"track":"canary"}}}', 'spec.selector'],
    [
      'poddisruptionbudgets/demo-router',
      '{"spec":{"selector":{"matchLabels":{"track":"canary"}}}}',
      'spec.selector',
    ],
    ['poddisruptionbudgets/demo-storage', '{"spec":{"maxUnavailable":2}}', 'spec.maxUnavailable'],
    ['configmaps/demo-topology', '{"data":{"topology.json":"{}"}}', 'data'],
    [
      'services/demo',
      '{"metadata":{"labels":{"app.kubernetes.io/managed-by":"me"}}}',
      'metadata.labels',
    ],
    ['services/demo', '{"metadata":{"ownerReferences":null}}', 'metadata.ownerReferences'],
  ])('%s %s', async (key, patch, field) => {
    const read = () => kubectl('get', key, '-o', `jsonpath={.${field}}`);
    const before = await read();
    await kubectl('patch', key, '--type=merge', '--patch', patch);
    await until(`${field} of ${key} is as it was`, repairedWithinMs, async () => {
      const now = await read();
      // A topology that can't be read is followed by a later one.
      return field === 'data' ? now.includes('ring') : now === before;
    });
    await cluster.settled(repairedWithinMs);
  });
});

describe('what an apply alone can not repair is as it was', () => {
  const budget = 'poddisruptionbudgets/demo-router';
  const set = 'statefulsets/demo-storage';
  const template = '/spec/template/spec';
  it.each([
    ['services/demo', '/spec/ports/0/port', 444, '.spec.ports[*].port'],
    ['services/demo-storage', '/spec/ports/0/port', 9999, '.spec.ports[*].port'],
    [budget, '/spec', { minAvailable: 1, selector: {} }, '.spec.maxUnavailable'],
    [
      set,
      `${template}/containers/0/ports/0/containerPort`,
      9999,
      '.spec.template.spec.containers[*].ports[*].containerPort',
    ],
    [
      set,
      `${template}/containers/0/env/0`,
      { name: 'POD_NAME', value: 'x' },
      '.spec.template.spec.containers[*].env',
    ],
    [
      set,
      `${template}/volumes/0`,
      { name: 'topology', emptyDir: {} },
      '.spec.template.spec.volumes',
    ],
    [
      set,
      `${template}/containers/0/readinessProbe`,
      { tcpSocket: { port: 1 } },
      '.spec.template.spec.containers[*].readinessProbe',
    ],
    [set, '/spec/updateStrategy', { type: 'RollingUpdate' }, '.spec.updateStrategy'],
  ])('%s %s', async (key, path, value, field) => {
    const read = () => kubectl('get', key, '-o', `jsonpath={${field}}`);
    const before = await read();
    const patch = JSON.stringify([{ op: 'replace', path, value }]);
    await kubectl('patch', key, '--type=json', '--patch', patch);
    await until(`${field} of ${key} is as it was`, repairedWithinMs, async () => {
      return (await read()) === before;
    });
    await cluster.settled(repairedWithinMs);
  });
});

describe('topics outlive the record of the topology', () => {
  const damage = ['patch', '--type=merge', '--patch', '{"data":{"topology.json":"{}"}}'];
  it.each([
    ['deleted', ['delete', '--wait=false']],
    ['damaged', damage],
  ])('that is %s: same pages, same history', async (befallen, verb) => {
    const before = await cluster.topology();
    const live = client.subscribe('cache', befallen);
    await live.attached;
    const publish = async (id: string): Promise<void> => {
      expect(await client.publish('p', 'cache', befallen, `${befallen}-${id}`)).toBeUndefined();
    };
    for (const id of ['1', '2', '3']) await publish(id);
    await until('the first items', repairedWithinMs, () => live.items === 3);
    const page = live.held?.page ?? 0;
    await kubectl(...verb, 'configmap/demo-topology');
    await until('a record', repairedWithinMs, () => cluster.topology().catch(() => undefined));
    await cluster.settled(repairedWithinMs);
    await publish('4');
    await until('the item after', repairedWithinMs, () => live.items === 4);
    expect([live.held, live.notices]).toEqual([{ page, sequence: 4 }, []]);
    const replay = client.subscribe('cache', befallen, { from: { page, sequence: 1 } });
    await until('the items of before', repairedWithinMs, () => replay.items === 4);
    expect(replay.notices).toEqual([]);
    expect(await cluster.topology()).toEqual(before);
    await until('an event', repairedWithinMs, async () => {
      return (await kubectl('get', 'events')).includes('RecordPutBack');
    });
  });
});

describe('kubectl delete tc', () => {
  it('removes everything it owned, and nothing else', async () => {
    const other = scene.cluster('demo2');
    await other.become({ ...spec, storage: { replicas: 1 } });
    await scene.api.create(scene.namespace.path('configmaps'), {
      metadata: {
        name: 'demo-notes',
        labels: { 'app.kubernetes.io/instance': 'demo', 'app.kubernetes.io/name': 'topicplane' },
      },
    });
    const others = await other.versions();
    const all = kubelet.running(scene.namespace.name);
    const mine = all.filter(({ name }) => name.startsWith('demo-'));
    client.close();
    await collectorKnowsTopicClusters();
    const startMs = performance.now();
    await kubectl('delete', 'tc', 'demo');
    await until('everything of it is gone', collectedWithinMs, async () => {
      return (await cluster.owned()).size === 0 && (await cluster.pods()).length === 0;
    });
    measured(
      `all of a deleted cluster gone after ${round((performance.now() - startMs) / 1000, 1)} s`,
    );
    expect(mine.map(({ pid }) => pid).filter(isAlive)).toEqual([]);
    expect(await other.versions()).toEqual(others);
    expect(kubelet.running(scene.namespace.name).map(({ uid }) => uid)).toEqual(
      all.filter(({ name }) => name.startsWith('demo2-')).map(({ uid }) => uid),
    );
    await kubectl('get', 'configmap', 'demo-notes');
    expect(await scene.api.find(cluster.path)).toBeUndefined();
    // It stays so.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect((await cluster.owned()).size).toBe(0);
  });

  it('leaves nothing in the way of a new one of the same name', async () => {
    await cluster.become({ ...spec, storage: { replicas: 1 } });
    expect(Number((await cluster.topology()).version?.epoch)).toBeGreaterThan(0);
  });
});
