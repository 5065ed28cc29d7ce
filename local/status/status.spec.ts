import { describe, expect, test } from 'vitest';
import { isSettled, type LocalStatus, type MemberView } from './status.ts';

const member = (name: string, ready = true): MemberView => ({
  name,
  role: name.startsWith('router') ? 'router' : 'storage',
  ready,
  reason: ready ? '' : 'stopping',
  restarts: 0,
  pid: 1,
  addresses: {},
});
const tier = (name: string) => ({
  desired: 1,
  ready: 1,
  updated: 1,
  summary: '1/1',
  members: [{ name, ready: true, phase: 'InRotation' }],
});
const cluster = (generation: number, progressing: 'True' | 'False' = 'False') => {
  const conditions = (
    [
      ['Available', 'True'],
      ['Progressing', progressing],
    ] as const
  ).map(([type, status]) => ({
    type,
    status,
    reason: 'Settled' as const,
    message: '',
    observedGeneration: 1,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }));
  return {
    apiVersion: 'topicplane.dev/v1alpha1',
    kind: 'TopicCluster',
    metadata: { name: 'c', namespace: 'default', generation },
    spec: {},
    status: {
      observedGeneration: 1,
      conditions,
      routers: tier('router-0'),
      storage: tier('storage-0'),
      endpoint: '',
    },
  } as LocalStatus['cluster'];
};
const both = [member('router-0'), member('storage-0')];

describe('a cluster is settled', () => {
  test('when the operator says so of the newest spec, and each process serves', () => {
    expect(isSettled(cluster(1), both)).toBe(true);
  });
  test.each([
    ['before the operator has looked at an edit', cluster(2), both],
    ['while the operator is at work', cluster(1, 'True'), both],
    [
      'while a process does not serve',
      cluster(1),
      [member('router-0', false), member('storage-0')],
    ],
    ['while one that was removed still runs', cluster(1), [...both, member('router-1', false)]],
    ['before there is anything', undefined, []],
  ])('not %s', (_when, seen, members) => {
    expect(isSettled(seen, members)).toBe(false);
  });
});
