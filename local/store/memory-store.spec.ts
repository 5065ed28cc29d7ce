import { describe, expect, test } from 'vitest';
import { type Change, type ConfigMap, ConflictError, type Pod } from '../../operator/index.ts';
import { ManualClock } from '../../runtime/index.ts';
import { MemoryStore } from './memory-store.ts';

const config = (data: Record<string, string>, owner?: string): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'map',
    namespace: 'default',
    ...(owner && {
      ownerReferences: [{ apiVersion: 'v1', kind: 'TopicCluster', name: 'c', uid: owner }],
    }),
  },
  data,
});
const cluster = (spec: object) => ({
  apiVersion: 'topicplane.dev/v1alpha1',
  kind: 'TopicCluster',
  metadata: { name: 'c', namespace: 'default' },
  spec,
});
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default' },
  spec: { containers: [], terminationGracePeriodSeconds: 1 },
};
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('apply', () => {
  test('creates with a uid, a creation time, a version and generation 1', async () => {
    const store = new MemoryStore(new ManualClock(1_764_000_000_000));
    const { metadata } = await store.apply('ConfigMap', config({ a: '1' }));
    expect(metadata.creationTimestamp).toBe('2025-11-24T16:00:00Z');
    expect(metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect([metadata.resourceVersion, metadata.generation]).toEqual(['1', 1]);
  });

  test('writes and tells nothing when nothing differs', async () => {
    const store = new MemoryStore(new ManualClock());
    const first = await store.apply('ConfigMap', config({ a: '1' }));
    await settled();
    const changes: Change[] = [];
    store.watch((change) => changes.push(change));
    const second = await store.apply('ConfigMap', config({ a: '1' }));
    await settled();
    expect(second).toEqual(first);
    expect(changes).toEqual([]);
  });

  test('raises the generation with the spec, not with labels or status', async () => {
    const store = new MemoryStore(new ManualClock());
    await store.apply('TopicCluster', cluster({ a: 1 }));
    await store.applyStatus('default', 'c', { ready: 1 });
    const labelled = cluster({ a: 1 });
    await store.apply('TopicCluster', {
      ...labelled,
      metadata: { ...labelled.metadata, labels: { x: 'y' } },
    });
    expect((await store.get('TopicCluster', 'default', 'c'))?.metadata.generation).toBe(1);
    const changed = await store.apply('TopicCluster', cluster({ a: 2 }));
    expect(changed.metadata.generation).toBe(2);
    expect(changed.status).toEqual({ ready: 1 });
  });

  test('takes away what the same manager names no more, and leaves what others named', async () => {
    const store = new MemoryStore(new ManualClock());
    await store.apply('ConfigMap', config({ a: '1', b: '1' }), 'one');
    await store.apply('ConfigMap', config({ c: '1' }), 'two');
    const { data } = await store.apply('ConfigMap', config({ a: '1' }), 'one');
    expect(data).toEqual({ a: '1', c: '1' });
  });

  test('writes only over what the writer has seen', async () => {
    const store = new MemoryStore(new ManualClock());
    const at = (resourceVersion: string, value: string) => {
      const object = config({ a: value });
      return { ...object, metadata: { ...object.metadata, resourceVersion } };
    };
    const { metadata } = await store.apply('ConfigMap', at('', '1'));
    await expect(store.apply('ConfigMap', at('', '2'))).rejects.toThrow(ConflictError);
    const seen = metadata.resourceVersion ?? '?';
    await store.apply('ConfigMap', at(seen, '2'));
    await expect(store.apply('ConfigMap', at(seen, '3'))).rejects.toThrow(ConflictError);
    expect((await store.get('ConfigMap', 'default', 'map'))?.data).toEqual({ a: '2' });
  });

  test('hands out snapshots', async () => {
    const store = new MemoryStore(new ManualClock());
    const mine = await store.apply('ConfigMap', config({ a: '1' }));
    (mine.data as Record<string, string>)['a'] = 'spoilt';
    expect((await store.get('ConfigMap', 'default', 'map'))?.data).toEqual({ a: '1' });
  });
});

describe('delete', () => {
  test('takes along what has no owner left', async () => {
    const store = new MemoryStore(new ManualClock());
    const { metadata } = await store.apply('TopicCluster', cluster({}));
    await store.apply('ConfigMap', config({}, metadata.uid));
    await store.delete('TopicCluster', 'default', 'c');
    expect(await store.list('ConfigMap', 'default')).toEqual([]);
  });

  test('only marks a pod, until whoever runs it removes it', async () => {
    const store = new MemoryStore(new ManualClock());
    await store.apply('Pod', pod);
    await store.delete('Pod', 'default', 'p');
    const marked = await store.get('Pod', 'default', 'p');
    expect(marked?.metadata.deletionTimestamp).toBeDefined();
    await store.remove('Pod', 'default', 'p');
    expect(await store.get('Pod', 'default', 'p')).toBeUndefined();
  });

  test('of another object of that name deletes nothing', async () => {
    const store = new MemoryStore(new ManualClock());
    const { metadata } = await store.apply('Pod', pod);
    await store.delete('Pod', 'default', 'p', 'another');
    expect((await store.get('Pod', 'default', 'p'))?.metadata.deletionTimestamp).toBeUndefined();
    await store.delete('Pod', 'default', 'p', metadata.uid);
    expect((await store.get('Pod', 'default', 'p'))?.metadata.deletionTimestamp).toBeDefined();
  });

  test('of what is not there is no error', async () => {
    await new MemoryStore(new ManualClock()).delete('Pod', 'default', 'nobody');
  });
});

describe('watch', () => {
  test('tells of changes in order after the call returned, until stopped', async () => {
    const store = new MemoryStore(new ManualClock());
    const told: string[] = [];
    const stop = store.watch((change) => told.push(`${change.kind}/${change.name}`));
    const applied = store.apply('Pod', pod);
    void store.apply('ConfigMap', config({}));
    expect(told).toEqual([]);
    await applied;
    await settled();
    expect(told).toEqual(['Pod/p', 'ConfigMap/map']);
    stop();
    await store.delete('ConfigMap', 'default', 'map');
    await settled();
    expect(told).toHaveLength(2);
  });
});
