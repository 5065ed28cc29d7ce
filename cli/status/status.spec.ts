import { expect, test } from 'vitest';
import type { LocalStatus } from '../../local/index.ts';
import type { MoveStatus, Pod } from '../../operator/index.ts';
import { plain } from '../terminal/index.ts';
import { statusText } from './format.ts';
import { viewOfKubernetes } from './kubernetes-source.ts';
import { viewOfLocal } from './local-source.ts';

const status: LocalStatus = {
  endpoint: '127.0.0.1:8080',
  admin: '127.0.0.1:8081',
  pid: 1,
  dataDir: '/data',
  ready: false,
  cluster: {
    apiVersion: 'topicplane.dev/v1alpha1',
    kind: 'TopicCluster',
    metadata: { name: 'local', namespace: 'default' },
    spec: { caches: [{ name: 'default' }, { name: 'cache' }] },
    status: {
      observedGeneration: 1,
      conditions: [
        {
          type: 'Available',
          status: 'False',
          reason: 'NoRouterReady',
          message: 'none of 1 routers is ready',
          observedGeneration: 1,
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
      routers: { desired: 1, ready: 0, updated: 0, summary: '0/1', members: [] },
      storage: {
        desired: 1,
        ready: 1,
        updated: 1,
        summary: '1/1',
        members: [{ name: 'local-storage-0', ready: true, phase: 'InRotation', topology: '1.4' }],
      },
      topology: { term: 1, epoch: 4 },
      endpoint: '127.0.0.1:8080',
    },
  },
  members: [
    {
      name: 'local-router-0',
      role: 'router',
      ready: false,
      reason: 'restarting',
      restarts: 3,
      addresses: {},
    },
    {
      name: 'local-storage-0',
      role: 'storage',
      ready: true,
      reason: '',
      restarts: 0,
      pid: 77,
      addresses: { link: '127.0.0.1:5000', admin: '127.0.0.1:5001' },
    },
  ],
};

test('a cluster fits one screen', () => {
  expect(statusText(viewOfLocal(status), plain).split('\n')).toEqual([
    'local  not ready  clients at 127.0.0.1:8080',
    '',
    'caches    default, cache',
    'topology  1.4',
    'file      built in',
    'data      /data',
    '',
    'MEMBER           ROLE     RESTARTS  PID  ADDRESS         HOLDS  STATE',
    'local-router-0   router   3         -    -               -      restarting',
    'local-storage-0  storage  0         77   127.0.0.1:5000  1.4    ready',
    '',
    'CONDITION  IS     REASON         MESSAGE',
    'Available  False  NoRouterReady  none of 1 routers is ready',
  ]);
});

test('a move that is under way is shown below the topology', () => {
  const { cluster } = status;
  const move = {
    phase: 'Commit',
    from: 'local-storage-0',
    to: 'local-storage-0, local-storage-1',
    topics: 400,
    topicsLeft: 120,
    since: '2026-01-01T00:00:00.000Z',
  } as const;
  const show = (shown: MoveStatus) => {
    const changed = { ...cluster, status: { ...cluster.status, move: shown } };
    const text = statusText(viewOfLocal({ ...status, cluster: changed } as LocalStatus), plain);
    return text.split('\n').slice(3, 7);
  };
  expect(show(move)).toEqual([
    'topology  1.4',
    'move      Commit, 120 of 400 topics left, since 2026-01-01T00:00:00.000Z',
    '          from local-storage-0',
    '          to local-storage-0, local-storage-1',
  ]);
  const { topics: _, topicsLeft: __, ...uncounted } = move;
  expect(show({ ...uncounted, phase: 'Prepare' })[1]).toBe(
    'move      Prepare, since 2026-01-01T00:00:00.000Z',
  );
});

test('an edit of the file that is not applied is shown below the file', () => {
  const fileProblems = ['c.yaml:7:15: one', 'c.yaml:9:1: two'];
  const text = statusText(viewOfLocal({ ...status, file: 'c.yaml', fileProblems }), plain);
  expect(text.split('\n').slice(4, 8)).toEqual([
    'file       c.yaml',
    'last edit  not applied: c.yaml:7:15: one',
    '           c.yaml:9:1: two',
    'data       /data',
  ]);
});

test('colours change no column', () => {
  const marked = statusText(viewOfLocal(status), (_colour, text) => `<${text}>`);
  expect(marked.replaceAll(/[<>]/g, '')).toBe(statusText(viewOfLocal(status), plain));
  expect(marked).toContain('127.0.0.1:5000  1.4    <ready>');
});

test('a cluster on Kubernetes fits the same screen', () => {
  const { cluster } = status;
  const pod = (component: string, ordinal: number, more: object) =>
    ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `local-${component}-${ordinal}`,
        namespace: 'default',
        labels: { 'app.kubernetes.io/component': component },
      },
      ...more,
    }) as unknown as Pod;
  const unscheduled = { type: 'PodScheduled', status: 'False', message: 'no node is free' };
  const pods = [
    pod('storage', 0, {
      spec: {
        nodeName: 'node-1',
        containers: [{ ports: [{ name: 'link', containerPort: 8081 }] }],
      },
      status: {
        podIP: '10.0.0.7',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [{ restartCount: 2 }],
      },
    }),
    pod('router', 0, {
      spec: { containers: [] },
      status: { phase: 'Pending', conditions: [unscheduled] },
    }),
  ];
  const view = viewOfKubernetes({ cluster, pods, server: 'https://api:6443' });
  expect(statusText(view, plain).split('\n').slice(0, 10)).toEqual([
    'local  not ready  clients at 127.0.0.1:8080',
    '',
    'caches     default, cache',
    'topology   1.4',
    'namespace  default',
    'server     https://api:6443',
    '',
    'MEMBER           ROLE     RESTARTS  NODE    ADDRESS        HOLDS  STATE',
    'local-router-0   router   0         -       -              -      no node is free',
    'local-storage-0  storage  2         node-1  10.0.0.7:8081  1.4    ready',
  ]);
});
