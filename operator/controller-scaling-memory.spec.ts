import { afterEach, describe, expect, it } from 'vitest';
import type { CapacitySource } from './capacity/index.ts';
import { SampleCluster } from './sample-cluster.ts';

let bench: SampleCluster;

afterEach(() => bench.stop());

const interval = 15_000;
const scaling = { router: { max: 6 } };

/** A cluster whose routers became more, and how many they are. */
async function grown(): Promise<number> {
  bench = new SampleCluster();
  bench.carry('router', { streams: 0.4 });
  bench.carry('storage', { topics: 0.4 });
  bench.write({ scaling });
  bench.start();
  await bench.settle();
  await bench.advance(2 * interval + 2000);
  bench.carry('router', { streams: 0.95 });
  await bench.advance(2 * interval + 2000);
  const most = await replicas();
  expect(most).toBeGreaterThan(2);
  bench.carry('router', { streams: 0.4 });
  return most;
}

async function replicas(): Promise<number> {
  return (await bench.store.get('StatefulSet', 'default', 'demo-router'))?.spec.replicas ?? 0;
}

async function cluster() {
  const found = await bench.store.get('TopicCluster', 'default', 'demo');
  if (!found) throw new Error('there is no cluster');
  return found;
}

/** A Prometheus that doesn't answer. */
const silent: CapacitySource = {
  read: (_want, signal) =>
    new Promise((resolve) => {
      const away = { kind: 'failed', message: 'stopped' } as const;
      signal?.addEventListener('abort', () => resolve(away), { once: true });
    }),
};

describe('what is remembered of a tier that follows its load', () => {
  it('is nothing of an earlier cluster of its name, nor of its StatefulSet', async () => {
    await grown();
    const { metadata } = await cluster();
    bench.store.put('TopicCluster', {
      ...(await cluster()),
      metadata: { ...metadata, uid: 'uid-2' },
      status: undefined,
    });
    await bench.advance(2000);
    expect((await bench.status()).routers.desired).toBe(2);
  });

  it('outlives a restart while the spec can not be read', async () => {
    const most = await grown();
    await bench.stop();
    const { scaling: told } = await bench.status();
    await bench.update({ scaling, router: { replicas: 'many' } });
    bench.start({ term: 2 });
    await bench.advance(interval);
    expect((await bench.condition('Degraded'))?.reason).toBe('InvalidSpec');
    expect((await bench.status()).scaling).toEqual(told);
    await bench.update({ scaling });
    await bench.advance(2000);
    expect(await replicas()).toBe(most);
    expect((await bench.status()).scaling?.router?.steps).toEqual(told?.router?.steps);
  });

  it('is what the status says, also when its operator saw that late', async () => {
    const most = await grown();
    await bench.stop();
    const now = await cluster();
    const status = { ...(await bench.status()) };
    const { router } = status.scaling ?? {};
    const earlier = { ...router, desired: most - 1, at: new Date(0).toISOString() };
    const prometheus = { url: 'http://prometheus:9090' };
    const spec = { scaling: { ...scaling, prometheus } };
    bench.store.put('TopicCluster', {
      ...now,
      spec,
      status: { ...status, scaling: { router: earlier } },
    });
    bench.start({ term: 2, capacity: silent });
    await bench.advance(500);
    expect((await bench.status()).routers.desired).toBe(most - 1);
    bench.store.put('TopicCluster', { ...now, spec, status });
    await bench.advance(2000);
    const after = await bench.status();
    expect([after.routers.desired, after.scaling?.router?.desired]).toEqual([most, most]);
  });

  it('is read anew by an operator that another one was ahead of', async () => {
    const most = await grown();
    const record = await bench.store.get('ConfigMap', 'default', 'demo-topology');
    if (!record) throw new Error('there is no record');
    const { 'topology.json': text = '' } = record.data;
    const { scaling: told, ...status } = await bench.status();
    const later = text.replace(/"term":\s*1\b/, '"term": 2');
    expect(later).not.toBe(text);
    bench.store.put('ConfigMap', { ...record, data: { 'topology.json': later } });
    await bench.advance(2000);
    const other = { ...told?.router, desired: most + 1, at: new Date().toISOString() };
    bench.store.put('TopicCluster', {
      ...(await cluster()),
      status: { ...status, scaling: { router: other } },
    });
    await bench.advance(2000);
    bench.store.put('ConfigMap', record);
    await bench.advance(2000);
    expect((await bench.status()).routers.desired).toBe(most + 1);
  });
});
