import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { ProcessKubelet, sharedPlane } from '../index.ts';
import { Scene, type TestCluster } from '../scene/index.ts';

const withinMs = 60_000;
const spec = {
  caches: [{ name: 'cache' }],
  router: { replicas: 2 },
  storage: { replicas: 2 },
};

let kubelet: ProcessKubelet;
let scene: Scene;
let cluster: TestCluster;

beforeAll(async () => {
  kubelet = await ProcessKubelet.start({ plane: sharedPlane() });
  scene = await Scene.open('by-hand');
  await scene.operator();
  cluster = scene.cluster('demo');
  await cluster.become(spec);
});

afterAll(async () => {
  await scene?.close();
  await kubelet?.stop();
});

async function typed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await scene.shell.kubectl(args);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}
const jsonPath = (what: string, path: string) => typed('get', what, '-o', `jsonpath={${path}}`);
const uids = async () => (await jsonPath('pods', '.items[*].metadata.uid')).split(' ').toSorted();

describe('what docs/operations.md says of a person at kubectl', () => {
  it('rollout restart puts a time into the template, which stays, and restarts nothing', async () => {
    const before = await uids();
    await typed('rollout', 'restart', 'statefulset/demo-router', 'statefulset/demo-storage');
    // Whatever came of it would be there with what comes of an edit that is made after it.
    await cluster.become({ ...spec, caches: [...spec.caches, { name: 'after' }] });
    expect(await uids()).toEqual(before);
    const path = '.spec.template.metadata.annotations';
    expect(await jsonPath('statefulset/demo-router', path)).toContain('restartedAt');
  });

  it('the type of the Service that clients dial is left as somebody made it', async () => {
    const patch = JSON.stringify({ spec: { type: 'NodePort' } });
    await typed('patch', 'service', 'demo', '--type=merge', '--patch', patch);
    const wrong = JSON.stringify({ metadata: { labels: { 'app.kubernetes.io/name': 'other' } } });
    await typed('patch', 'service', 'demo', '--type=merge', '--patch', wrong);
    await until('what the operator writes is as it was', withinMs, async () => {
      return (await jsonPath('service/demo', '.metadata.labels')).includes(':"topicplane"');
    });
    expect(await jsonPath('service/demo', '.spec.type')).toBe('NodePort');
  });

  it('pods that are deleted are restarted, and topics stay', async () => {
    for (const name of ['demo-storage-1', 'demo-router-1']) {
      const before = await jsonPath(`pod/${name}`, '.metadata.uid');
      await typed('delete', 'pod', name);
      await cluster.settled(withinMs);
      expect(await jsonPath(`pod/${name}`, '.metadata.uid')).not.toBe(before);
    }
    const events = await typed('events', '--for', 'tc/demo');
    expect(events).toMatch(/MoveCommitted[\s\S]+MoveFinished/);
    expect(events).not.toMatch(/MoveForced|TopicsLost/);
  });

  it('there is nothing to scale but the spec', async () => {
    const { code, stderr } = await scene.shell.kubectl(['scale', 'tc/demo', '--replicas=3']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('(NotFound)')]);
  });
});
