import { expect, test } from 'vitest';
import type { LocalStatus } from '../../local/index.ts';
import { plain } from '../terminal/index.ts';
import { statusText } from './format.ts';

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
      routers: { desired: 1, ready: 0, members: [] },
      storage: { desired: 1, ready: 1, members: [] },
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
  expect(statusText(status, plain).split('\n')).toEqual([
    'local  not ready  clients at 127.0.0.1:8080',
    '',
    'caches    default, cache',
    'topology  1.4',
    'file      built in',
    'data      /data',
    '',
    'MEMBER           ROLE     RESTARTS  PID  ADDRESS         STATE',
    'local-router-0   router   3         -    -               restarting',
    'local-storage-0  storage  0         77   127.0.0.1:5000  ready',
    '',
    'CONDITION  IS     REASON         MESSAGE',
    'Available  False  NoRouterReady  none of 1 routers is ready',
  ]);
});

test('an edit of the file that is not applied is shown below the file', () => {
  const fileProblems = ['c.yaml:7:15: one', 'c.yaml:9:1: two'];
  const text = statusText({ ...status, file: 'c.yaml', fileProblems }, plain);
  expect(text.split('\n').slice(4, 8)).toEqual([
    'file       c.yaml',
    'last edit  not applied: c.yaml:7:15: one',
    '           c.yaml:9:1: two',
    'data       /data',
  ]);
});

test('colours change no column', () => {
  const marked = statusText(status, (_colour, text) => `<${text}>`);
  expect(marked.replaceAll(/[<>]/g, '')).toBe(statusText(status, plain));
  expect(marked).toContain('127.0.0.1:5000  <ready>');
});
