import { describe, expect, test } from 'vitest';
import type { LocalStatus } from '../../local/index.ts';
import {
  type Condition,
  type ConditionType,
  conditionTypes,
  type MoveStatus,
  type Pod,
  type ScalingStatus,
  type TierScalingStatus,
  type TopicClusterStatus,
} from '../../operator/index.ts';
import { plain } from '../terminal/index.ts';
import { statusText } from './format.ts';
import { viewOfKubernetes } from './kubernetes-source.ts';
import { viewOfLocal } from './local-source.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');

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

test('what tiers do that follow their load is shown, with what was done last', () => {
  const { cluster } = status;
  const tier = { desired: 3, reason: 'OnTarget', at: '2026-01-01T00:01:00.000Z', leads: [] };
  const router: TierScalingStatus = {
    ...tier,
    message: 'stays at 3: 3 are right',
    recommendations: [],
    steps: [{ at: '2026-01-01T00:00:00.000Z', from: 2, to: 3 }],
  };
  const storage: TierScalingStatus = { ...router, message: 'stays at 2', steps: [] };
  const show = (scaling: ScalingStatus) => {
    const changed = { ...cluster, status: { ...cluster.status, scaling } };
    const text = statusText(viewOfLocal({ ...status, cluster: changed } as LocalStatus), plain);
    return text.split('\n').slice(4, 6);
  };
  expect(show({ router, storage })).toEqual([
    'scaling   routers: stays at 3: 3 are right; 2 -> 3 at 2026-01-01T00:00:00.000Z',
    '          storage nodes: stays at 2',
  ]);
  expect(show({ storage })[0]).toBe('scaling   storage nodes: stays at 2');
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

test.each([
  [true, 'http://127.0.0.1:9091'],
  [false, 'http://127.0.0.1:9091, restarting'],
])('where Prometheus is, if there is one; it runs: %s', (running, told) => {
  const prometheus = { url: 'http://127.0.0.1:9091', running };
  const text = statusText(viewOfLocal({ ...status, prometheus }), plain);
  expect(text.split('\n')).toContain(`prometheus  ${told}`);
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
  const view = viewOfKubernetes(
    {
      cluster: { ...cluster, status: { ...cluster.status, endpoint: 'local.default.svc:443' } },
      pods,
      server: 'https://api:6443',
    },
    nowMs,
  );
  expect(statusText(view, plain).split('\n').slice(0, 12)).toEqual([
    'local  not ready  clients at local.default.svc:443',
    '',
    'caches     default, cache',
    'topology   1.4',
    'clients    only inside of Kubernetes, and in plain text: there is no TLS yet',
    '           from outside: kubectl port-forward -n default service/local 8080:443',
    'namespace  default',
    'server     https://api:6443',
    '',
    'MEMBER           ROLE     RESTARTS  NODE    ADDRESS        HOLDS  STATE',
    'local-router-0   router   0         -       -              -      no node is free',
    'local-storage-0  storage  2         node-1  10.0.0.7:8081  1.4    ready',
  ]);
});

describe('a cluster on Kubernetes', () => {
  interface Case {
    readonly generation?: number;
    readonly seen?: number;
    /** Types of conditions that hold. */
    readonly holds?: readonly ConditionType[];
    readonly deletionTimestamp?: string;
    readonly caches?: readonly object[];
  }
  /** Without pods, and with none wanted, so that only conditions tell. */
  function head({ generation = 8, seen, holds = [], caches = [{ name: 'a' }], ...more }: Case) {
    const tier = { desired: 0, ready: 0, updated: 0, summary: '0/0', members: [] };
    const conditions = conditionTypes.map((type): Condition => {
      const is = holds.includes(type) ? 'True' : 'False';
      const times = { observedGeneration: 1, lastTransitionTime: '' };
      return { type, status: is, reason: 'Serving', message: '', ...times };
    });
    const cluster = {
      ...status.cluster,
      metadata: { name: 'demo', namespace: 'default', generation, ...more },
      spec: { caches },
      status:
        seen === undefined
          ? undefined
          : {
              observedGeneration: seen,
              conditions,
              routers: tier,
              storage: tier,
              endpoint: 'demo.default.svc:443',
            },
    };
    const view = viewOfKubernetes({ cluster, pods: [], server: 'https://api:6443' }, nowMs);
    const [title = '', ...rest] = statusText(view, plain).split('\n');
    return [title.split('  ')[1], ...rest.slice(0, rest.indexOf(''))];
  }

  test.each<[string, Case, string]>([
    ['that is as it should be', { seen: 8, holds: ['Available'] }, 'ready'],
    ['that is rolled out', { seen: 8, holds: ['Available', 'Progressing'] }, 'serving, changing'],
    ['that lacks something', { seen: 8, holds: ['Available', 'Degraded'] }, 'serving, degraded'],
    ['that comes up', { seen: 8, holds: ['Progressing'] }, 'not ready'],
    [
      'that goes',
      { seen: 8, holds: ['Available'], deletionTimestamp: '2026-01-01T00:00:00Z' },
      'being deleted',
    ],
  ])('%s says so', (_what, its, state) => {
    expect(head(its)).toEqual([state]);
  });

  test('the head says in a word why it is not ready', () => {
    const said = {
      ...(status.cluster.status as TopicClusterStatus),
      summary: 'RollingOut',
    } as const;
    const changing = { ...status, cluster: { ...status.cluster, status: said } };
    const [head] = statusText(viewOfLocal(changing), plain).split('\n');
    expect(head).toBe('local  not ready (RollingOut)  clients at 127.0.0.1:8080');
  });

  test('whose status is of earlier says since when, and not how it is', () => {
    const said = { name: 'demo-router-0', ready: true, phase: 'InRotation' } as const;
    const summary = 'Settled' as const;
    const cluster = {
      ...status.cluster,
      metadata: { name: 'demo', namespace: 'default', creationTimestamp: '2025-12-30T12:00:00Z' },
      status: {
        ...(status.cluster.status as TopicClusterStatus),
        summary,
        routers: { desired: 1, ready: 1, updated: 1, summary: '1/1', members: [said] },
      },
    };
    const shown = (name: string, image: string, creationTimestamp: string, metadata = {}) =>
      ({
        metadata: {
          name,
          namespace: 'default',
          creationTimestamp,
          labels: { 'app.kubernetes.io/component': 'router' },
          ...metadata,
        },
        spec: {
          containers: [
            { name: 'other', image: 'x', ports: [] },
            { name: 'router', image, ports: [] },
          ],
        },
        status: { conditions: [{ type: 'Ready', status: 'False', message: 'gone' }] },
      }) as unknown as Pod;
    const pods = [
      shown('demo-router-0', 'one', '2025-12-31T23:58:00Z'),
      shown('demo-router-1', 'one', '2025-12-31T22:00:00Z'),
    ];
    const text = (at: typeof cluster, its: readonly Pod[], agesAt?: number) =>
      statusText(
        viewOfKubernetes({ cluster: at, pods: its, server: '' }, nowMs),
        plain,
        agesAt,
      ).split('\n');
    const lines = text(cluster, pods, nowMs);
    expect(lines.slice(0, 2)).toEqual([
      'demo  status outdated  clients at 127.0.0.1:8080',
      'no operator has looked since 2025-12-31T23:58:00Z (the status is of demo-router-0 before that): does one run that serves namespace default?',
    ]);
    expect(lines.slice(5, 7)).toEqual(['image      one', 'age        36h']);
    expect(lines.slice(12, 15)).toEqual([
      'MEMBER         ROLE    AGE  RESTARTS  NODE  ADDRESS  HOLDS  STATE',
      'demo-router-0  router  2m   0         -     -        -      gone',
      'demo-router-1  router  2h   0         -     -        -      gone',
    ]);
    // What tells one frame from the next has no ages.
    expect(text(cluster, pods).join()).not.toMatch(/\bAGE\b|36h/);
    const mixed = [...pods.slice(1), shown('demo-router-2', 'two', '2025-12-31T22:00:00Z')];
    expect(text(cluster, mixed).slice(4, 6)).toEqual([
      'image      one (demo-router-1)',
      '           two (demo-router-2)',
    ]);
    // What is deleted isn't looked at any more.
    const deletionTimestamp = '2026-01-01T00:00:00Z';
    const leaving = { ...cluster, metadata: { ...cluster.metadata, deletionTimestamp } };
    expect(text(leaving, pods)[1]).toBe('');
  });

  test('that no operator serves says what to look for', () => {
    const ask = 'does one run that serves namespace default?';
    expect(head({})).toEqual(['not ready', `no operator has seen it yet: ${ask}`]);
    expect(head({ generation: 9, seen: 8, holds: ['Available'] })).toEqual([
      'serving, newest spec not seen',
      `the operator has not seen generation 9 yet (last seen: 8): ${ask}`,
    ]);
  });

  test('without caches says what will not work', () => {
    expect(head({ seen: 8, holds: ['Available'], caches: [] })).toEqual([
      'ready',
      'it has no caches, so every publish and subscribe fails: add one to spec.caches',
    ]);
  });

  test('has no member with an address that it is said not to have', () => {
    const conditions = [{ type: 'Ready', status: 'False', message: 'not started' }];
    const pod = {
      metadata: {
        name: 'demo-router-0',
        namespace: 'default',
        annotations: { 'address.topicplane.dev/client': '127.1.0.1:8080' },
        labels: { 'app.kubernetes.io/component': 'router' },
      },
      spec: { containers: [] },
      status: { conditions },
    } as unknown as Pod;
    const said = { name: 'demo-router-0', ready: false, phase: 'Unknown' };
    const cluster = (message: string) => ({
      ...status.cluster,
      status: {
        ...(status.cluster.status as TopicClusterStatus),
        routers: {
          desired: 1,
          ready: 0,
          updated: 0,
          summary: '0/1',
          members: [{ ...said, message }],
        },
      },
    });
    const row = (message: string) =>
      viewOfKubernetes({ cluster: cluster(message), pods: [pod], server: '' }, nowMs).members[0];
    expect(row('it has no address yet')).toMatchObject({
      address: '127.1.0.1:8080',
      reason: 'not started',
    });
    expect(row('warming')).toMatchObject({ reason: 'warming' });
  });
});
