import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endsOf, Load, type Noticed } from '../../support/load.ts';
import { isAlive } from '../../support/process-table.ts';
import { until } from '../../support/until.ts';
import { ProcessKubelet, sharedPlane } from '../index.ts';
import { modestLoad, Scene, type SpecText, succeeds, type TestCluster } from '../scene/index.ts';

const endedWithinMs = 40_000;
const changedWithinMs = 90_000;
interface Wish {
  readonly storage: number;
  readonly routers: number;
  /** Of each pod. */
  readonly cpu: string;
}

const specOf = ({ storage, routers, cpu }: Wish): SpecText => ({
  caches: [{ name: 'cache' }],
  // A short drain, for the sake of the time that this takes.
  router: { replicas: routers, drainSeconds: 2, resources: { requests: { cpu } } },
  storage: { replicas: storage, resources: { requests: { cpu } } },
});

let kubelet: ProcessKubelet;
let scene: Scene;
let cluster: TestCluster;
let load: Load;

beforeAll(async () => {
  kubelet = await ProcessKubelet.start({ plane: sharedPlane() });
  scene = await Scene.open('evictions');
  await scene.operator();
  cluster = scene.cluster('demo');
  await cluster.become(specOf({ storage: 2, routers: 2, cpu: '100m' }));
  const front = await scene.front('demo');
  await until('both routers are in rotation', 60_000, () => front.endpoints().length === 2);
  load = scene.closesFirst(await Load.start(front.endpoint, modestLoad));
});

afterAll(async () => {
  await scene?.close();
  await kubelet?.stop();
});

/** What clients noticed: nothing but that they were asked to go elsewhere, at most so often each. */
async function unnoticed(
  what: string,
  movesMax: number,
  change: () => Promise<void>,
): Promise<Noticed> {
  const noticed = await load.during(what, change);
  expect(noticed.failedPublishes, load.failures.join()).toBe(0);
  expect(noticed.movesMax).toBeLessThanOrEqual(movesMax);
  expect(endsOf(noticed).filter((kind) => kind !== 'ok after GOAWAY')).toEqual([]);
  return noticed;
}

/** Topics of each storage node. */
async function shares(): Promise<readonly number[]> {
  const states = await cluster.states();
  return states.filter(({ name }) => name.includes('-storage-')).map(({ topics }) => topics);
}

describe('under traffic, no client notices', () => {
  it('a storage pod that is evicted, as by kubectl drain', async () => {
    const pod = 'demo-storage-1';
    const { name: namespace } = scene.namespace;
    const { pid, uid } = kubelet.pod(namespace, pod);
    await unnoticed('storage pod evicted', 0, async () => {
      const eviction = {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: pod, namespace },
      };
      await scene.api.create(`${scene.namespace.path(`pods/${pod}`)}/eviction`, eviction);
      await until('its process has ended', endedWithinMs, () => !isAlive(pid));
      // It was evacuated first; the next pod of its name isn't there so soon.
      expect((await cluster.topology()).ring).toEqual(['demo-storage-0']);
      expect(kubelet.log(namespace, pod)).not.toContain('they are lost');
      await until('another pod', endedWithinMs, () => kubelet.pod(namespace, pod).uid !== uid);
      await until('topics are spread', endedWithinMs, async () => {
        return (await cluster.topology()).ring.length === 2;
      });
      await cluster.settled();
    });
    for (const topics of await shares()) expect(topics).toBeGreaterThan(0);
  });

  it('a router pod that is deleted', async () => {
    const pod = 'demo-router-1';
    const { name: namespace } = scene.namespace;
    const { pid, uid } = kubelet.pod(namespace, pod);
    await unnoticed('router pod deleted', 1, async () => {
      await succeeds(scene.shell.kubectl(['delete', 'pod', pod, '--wait=false']));
      await until('its process has ended', endedWithinMs, () => !isAlive(pid));
      await until('another pod', endedWithinMs, () => kubelet.pod(namespace, pod).uid !== uid);
      await cluster.settled();
    });
  });

  it('a roll-out of both tiers', async () => {
    const before = new Map(kubelet.running(scene.namespace.name).map((pod) => [pod.name, pod.uid]));
    const edited = specOf({ storage: 2, routers: 2, cpu: '150m' });
    // A client that comes to a router which is replaced later is moved again.
    await unnoticed('roll-out of both tiers', 2, () => cluster.become(edited, changedWithinMs));
    const after = kubelet.running(scene.namespace.name);
    expect(after.map(({ name }) => name)).toEqual([...before.keys()]);
    for (const { name, uid } of after) expect(uid, name).not.toBe(before.get(name));
  });

  it.each([
    [3, 1],
    [1, 3],
  ])('that there are %s storage nodes and %s routers', async (storage, routers) => {
    await unnoticed(`storage ${storage}, routers ${routers}`, 1, () => {
      return cluster.become(specOf({ storage, routers, cpu: '150m' }), changedWithinMs);
    });
    expect((await cluster.topology()).ring).toHaveLength(storage);
    expect(await cluster.states()).toHaveLength(storage + routers);
  });

  it('and nothing was lost', async () => {
    const counts = await load.stop();
    expect(load.failures).toEqual([]);
    expect(counts.discontinuities).toBe(0);
    for (const topic of load.topics) expect(load.pagesOf(topic), topic).toHaveLength(1);
    for (const { errors } of load.sdk) expect(errors).toEqual([]);
  });
});
