import { expect, test } from 'vitest';
import type { Pod, StatefulSet } from '../../operator/index.ts';
import { planReplicas } from './replicas.ts';

const setOf = (replicas: number): StatefulSet => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'c-router', namespace: 'default', uid: 'set-uid' },
  spec: {
    replicas,
    serviceName: 'c-router',
    podManagementPolicy: 'Parallel',
    updateStrategy: { type: 'OnDelete' },
    selector: { matchLabels: { role: 'router' } },
    template: {
      metadata: { labels: { role: 'router' } },
      spec: { containers: [], terminationGracePeriodSeconds: 5 },
    },
  },
});
const going = (pod: Pod): Pod => ({
  ...pod,
  metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
});
const names = (pods: readonly Pod[]) => pods.map((pod) => pod.metadata.name);

test('a new set gets all its pods at once, with stable names, its labels and its owner', () => {
  const { create, remove } = planReplicas(setOf(3), []);
  expect(names(create)).toEqual(['c-router-0', 'c-router-1', 'c-router-2']);
  expect(create[1]?.metadata.labels).toMatchObject({ role: 'router' });
  expect(create[1]?.metadata.ownerReferences?.[0]).toMatchObject({ uid: 'set-uid' });
  expect(remove).toEqual([]);
});

test('scale-in removes the highest ordinals, the highest first', () => {
  const pods = planReplicas(setOf(12), []).create;
  expect(planReplicas(setOf(9), pods)).toEqual({
    create: [],
    remove: ['c-router-11', 'c-router-10', 'c-router-9'],
  });
});

test('a pod that is going is not removed again, and its name is not given out before it is gone', () => {
  const pods = planReplicas(setOf(1), []).create.map(going);
  expect(planReplicas(setOf(0), pods)).toEqual({ create: [], remove: [] });
  expect(planReplicas(setOf(1), pods)).toEqual({ create: [], remove: [] });
});

test('pods of another set are left alone', () => {
  const foreign = planReplicas(
    { ...setOf(3), metadata: { name: 'c-router', namespace: 'default', uid: 'another' } },
    [],
  ).create;
  expect(planReplicas(setOf(0), foreign).remove).toEqual([]);
});
