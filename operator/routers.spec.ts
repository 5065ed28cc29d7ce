import { afterEach, describe, expect, it } from 'vitest';
import { sampleResource } from './sample.ts';
import { SampleCluster } from './sample-cluster.ts';
import type { Kind, Kinds } from './store.ts';

let bench = new SampleCluster();
afterEach(() => bench.stop());

async function running(spec: unknown = {}): Promise<void> {
  bench = new SampleCluster();
  bench.write(spec);
  bench.start();
  await bench.settle();
}
function router(ordinal: number) {
  const process = bench.members.processes.get(`demo-router-${ordinal}:8082`);
  if (!process) throw new Error(`there is no router ${ordinal}`);
  return process;
}
const routers = () =>
  [...bench.members.processes.values()]
    .map(({ name }) => name)
    .filter((name) => name.includes('router'))
    .toSorted();
const with3 = (spec: object = {}) => ({ router: { replicas: 3, ...spec } });

describe('scale in of routers', () => {
  async function scaledIn(): Promise<void> {
    await running(with3());
    for (const ordinal of [0, 1, 2]) router(ordinal).connections = 100;
    await bench.update({ router: { replicas: 1 } });
  }

  it('drains all that go first, and takes them away when they are empty', async () => {
    await scaledIn();
    expect(bench.members.asked).toEqual([
      'demo-router-1 drains within 10000 ms',
      'demo-router-2 drains within 10000 ms',
    ]);
    router(1).connections = 0;
    router(2).connections = 37;
    await bench.advance(5000);
    expect(routers()).toHaveLength(3);
    expect(await bench.condition('Progressing')).toMatchObject({
      status: 'True',
      reason: 'MembersLeaving',
      message: 'draining demo-router-2: 37 connections left',
    });
    expect((await bench.status()).routers.members.map(({ phase }) => phase)).toEqual([
      'InRotation',
      'Draining',
      'Draining',
    ]);
    router(2).connections = 0;
    await bench.advance(1000);
    expect(routers()).toEqual(['demo-router-0']);
    expect(bench.members.asked).toHaveLength(2);
    expect(await bench.condition('Progressing')).toMatchObject({ reason: 'Settled' });
  });

  it('takes them away when they had their time', async () => {
    await scaledIn();
    await bench.advance(18_000);
    expect(routers()).toHaveLength(3);
    await bench.advance(2000);
    expect(routers()).toEqual(['demo-router-0']);
  });

  it('goes on where an operator left off', async () => {
    await scaledIn();
    await bench.stop();
    bench.forgetWhatHappened();
    bench.start({ term: 2 });
    router(1).connections = 0;
    router(2).connections = 0;
    await bench.advance(2000);
    expect(bench.members.asked).toEqual([]);
    expect(routers()).toEqual(['demo-router-0']);
  });

  it('that is taken back replaces the drained ones, each when it is empty', async () => {
    await scaledIn();
    await bench.update(with3());
    await bench.advance(3000);
    expect(bench.store.deleted).toEqual([]);
    router(1).connections = 0;
    await bench.advance(1000);
    expect(bench.store.deleted).toEqual(['demo-router-1']);
    router(2).connections = 0;
    await bench.advance(1000);
    expect(bench.store.deleted).toEqual(['demo-router-1', 'demo-router-2']);
    expect(await bench.condition('Progressing')).toMatchObject({ reason: 'Settled' });
  });

  it('of which a drain can not be asked goes on, and says so', async () => {
    await running(with3());
    for (const ordinal of [1, 2]) router(ordinal).deaf = true;
    await bench.update({ router: { replicas: 1 } });
    expect(bench.logged).toContain('a drain was not answered');
    await bench.advance(20_000);
    expect(routers()).toEqual(['demo-router-0']);
  });
});

describe('rebalancing of connections', () => {
  async function scaledOut(spec: object = {}): Promise<void> {
    await running(with3(spec));
    for (const ordinal of [0, 1, 2]) router(ordinal).connections = 300;
    await bench.update({ router: { replicas: 4, ...spec } });
    bench.forgetWhatHappened();
  }
  const shed = [0, 1, 2].map((ordinal) => `demo-router-${ordinal} sheds 15 within 900 ms`);

  it('follows a scale out, and ends when the numbers are about equal', async () => {
    await scaledOut();
    await bench.advance(10_000);
    expect(bench.members.asked).toEqual([]);
    await bench.advance(1000);
    expect(bench.members.asked).toEqual(shed);
    expect(bench.logged).toContain(
      'routers have 0 to 300 connections, 225 on average: some are moved',
    );
    await bench.advance(11_000);
    expect(bench.members.asked).toEqual([...shed, ...shed]);
    for (const ordinal of [0, 1, 2, 3]) router(ordinal).connections = 225;
    await bench.advance(30_000);
    expect(bench.members.asked).toHaveLength(6);
  });

  it('can be switched off', async () => {
    await scaledOut({ rebalance: false });
    await bench.advance(30_000);
    expect(bench.members.asked).toEqual([]);
  });

  it('does not begin when a roll-out is about to', async () => {
    await scaledOut();
    await bench.advance(10_250);
    await bench.update({ router: { replicas: 4 }, image: 'topicplane:2' });
    await bench.advance(1000);
    expect(bench.members.asked).toEqual([]);
    expect(await bench.condition('Progressing')).toMatchObject({ reason: 'RollingOut' });
  });

  it('waits while a member lacks the topology', async () => {
    await scaledOut();
    router(3).deaf = true;
    await bench.update({ router: { replicas: 4 }, caches: [{ name: 'orders' }] });
    await bench.advance(30_000);
    expect(bench.members.asked).toEqual([]);
    router(3).deaf = false;
    await bench.advance(30_000);
    expect(bench.members.asked.slice(0, 3)).toEqual(shed);
  });

  it('waits while members are down or do not start', async () => {
    await scaledOut();
    await bench.crash('storage', 1);
    await bench.advance(15_000);
    expect(bench.members.asked).toEqual([]);
    await bench.run('storage', 1);
    await bench.settle();
    bench.brokenImages.add('broken');
    await bench.update({ router: { replicas: 4 }, image: 'broken' });
    await bench.advance(40_000);
    expect(bench.members.asked).toEqual([]);
  });
});

describe('a store that refuses something', () => {
  it.each<Kind>(['PodDisruptionBudget', 'Service', 'StatefulSet'])(
    'such as a %s keeps no topic without an owner',
    async (kind) => {
      await running();
      const { version } = await bench.topology();
      bench.forgetWhatHappened();
      bench.store.refusing.set(kind, 'ApplyFailed');
      await changedByOthers();
      await bench.crash('storage', 1);
      await bench.advance(15_000);
      const topology = await bench.topology();
      expect(topology.ring).toEqual(['demo-storage-0']);
      expect(topology.version?.epoch).toBeGreaterThan(version?.epoch ?? 0);
      const current = `1.${topology.version?.epoch}`;
      expect(bench.held()).toEqual({
        'demo-storage-0': current,
        'demo-router-0': current,
        'demo-router-1': current,
      });
      expect((await bench.condition('Available'))?.status).toBe('True');
      expect(bench.logged).toContain('a write was refused');
      expect(bench.logged.filter((line) => line.startsWith(`${kind} demo`))).toEqual([]);
    },
  );

  it('for now only, keeps no topic without an owner either', async () => {
    await running();
    bench.store.failing.add('Service');
    await changedByOthers();
    await bench.crash('storage', 1);
    await bench.advance(30_000);
    const { ring, version } = await bench.topology();
    expect(ring).toEqual(['demo-storage-0']);
    expect(new Set(Object.values(bench.held()))).toEqual(new Set([`1.${version?.epoch}`]));
  });

  it('does not keep it from doing the rest', async () => {
    await running();
    bench.forgetWhatHappened();
    bench.store.refusing.set('PodDisruptionBudget', 'ApplyFailed');
    await changedByOthers();
    await bench.update({ router: { replicas: 3 } });
    await bench.advance(2000);
    expect(routers()).toHaveLength(3);
    expect((await bench.status()).observedGeneration).toBe(2);
    bench.store.refusing.clear();
    await bench.advance(12_000);
    expect(bench.logged.filter((line) => line.startsWith('PodDisruptionBudget'))).toHaveLength(1);
  });

  it('for now only, is left alone until the next time', async () => {
    await running();
    bench.store.failing.add('Service');
    await changedByOthers();
    bench.forgetWhatHappened();
    await bench.update({ router: { replicas: 3 } });
    expect(bench.store.writes.filter((write) => write.startsWith('StatefulSet'))).toEqual([]);
    bench.store.failing.clear();
    await bench.advance(12_000);
    expect(routers()).toHaveLength(3);
  });

  /** So that there is something to write of every kind. */
  async function changedByOthers(): Promise<void> {
    for (const kind of ['PodDisruptionBudget', 'Service', 'StatefulSet'] as const) {
      const object = await bench.store.get(kind, 'default', 'demo-router');
      if (!object) throw new Error(`there is no ${kind}`);
      const labels = { ...object.metadata.labels, 'app.kubernetes.io/name': 'other' };
      const metadata = { ...object.metadata, labels };
      bench.store.put(kind, { ...object, metadata } as Kinds[typeof kind]);
    }
    await bench.settle();
  }
});

describe('pods of an earlier cluster of the same name', () => {
  /** kubectl delete --cascade=orphan, and apply again. */
  async function orphaned(refusing: readonly Kind[] = []): Promise<void> {
    bench = new SampleCluster();
    const earlier = sampleResource({});
    const metadata = { ...earlier.metadata, uid: 'uid-0' };
    bench.store.put('TopicCluster', { ...earlier, metadata });
    bench.start();
    await bench.settle();
    expect(routers()).toHaveLength(2);
    await bench.store.delete('TopicCluster', 'default', 'demo');
    for (const [kind, object] of await owned()) {
      const { ownerReferences: _, ...kept } = object.metadata;
      bench.store.put(kind, { ...object, metadata: kept } as Kinds[typeof kind]);
    }
    for (const kind of refusing) bench.store.refusing.set(kind, 'ApplyFailed');
    bench.forgetWhatHappened();
    bench.write({});
    await bench.settle();
  }

  it('are replaced, although they are ready and look up to date', async () => {
    await orphaned();
    expect(await bench.condition('Available')).toMatchObject({ status: 'False' });
    await bench.advance(15_000);
    expect(bench.store.deleted.toSorted()).toEqual([
      'demo-router-0',
      'demo-router-1',
      'demo-storage-0',
      'demo-storage-1',
    ]);
    expect((await bench.topology()).cluster).toBe('default/demo/uid-1');
    expect(await bench.condition('Available')).toMatchObject({ status: 'True' });
  });

  it('are left until new ones would be of this cluster', async () => {
    await orphaned(['StatefulSet']);
    await bench.advance(30_000);
    expect(bench.store.deleted).toEqual([]);
    bench.store.refusing.clear();
    await bench.advance(30_000);
    expect(bench.store.deleted).toHaveLength(4);
    expect(await bench.condition('Available')).toMatchObject({ status: 'True' });
  });

  async function owned() {
    const kinds = [
      'StatefulSet',
      'Service',
      'ConfigMap',
      'ServiceAccount',
      'PodDisruptionBudget',
    ] as const;
    const lists = await Promise.all(
      kinds.map(async (kind) => {
        const objects = await bench.store.list(kind, 'default');
        return objects.map((object) => [kind, object] as const);
      }),
    );
    return lists.flat();
  }
});
