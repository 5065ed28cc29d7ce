import { expect, test } from 'vitest';
import type { EnvVar, Pod } from '../../operator/index.ts';
import { commandLine, onLoopback } from './args.ts';

const podWith = (args: string[], env: EnvVar[] = []): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'c-router-0', namespace: 'default' },
  spec: {
    terminationGracePeriodSeconds: 5,
    containers: [{ name: 'router', image: 'any', args, env, ports: [] }],
  },
});

test('names of the environment are replaced, as Kubernetes does it', () => {
  const pod = podWith(
    ['router', '--name', '$(POD_NAME)', '--x=$(LEVEL)', '$$(POD_NAME)', '$(UNKNOWN)'],
    [
      { name: 'NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
      { name: 'LEVEL', value: '$(NAMESPACE)-debug' },
    ],
  );
  expect(commandLine(pod, onLoopback('/t')).args.slice(0, -2)).toEqual([
    'router',
    '--name',
    'c-router-0',
    '--x=default-debug',
    '$(POD_NAME)',
    '$(UNKNOWN)',
  ]);
});

test('every listen address becomes a free port of the loopback, however it is written', () => {
  const pod = podWith(['router', '--client-address', '0.0.0.0:8080', '--admin-address=[::]:9090']);
  expect(commandLine(pod, onLoopback('/t')).args.slice(0, -2)).toEqual([
    'router',
    '--client-address',
    '127.0.0.1:0',
    '--admin-address',
    '127.0.0.1:0',
  ]);
});

test('a router that goes waits as long as this machine needs to notice', () => {
  const pod = podWith(['router', '--leave-rotation-ms', '4000', '--drain-ms', '10000']);
  expect(commandLine(pod, onLoopback('/t')).args.slice(0, -2)).toEqual([
    'router',
    '--leave-rotation-ms',
    '750',
    '--drain-ms',
    '10000',
  ]);
});

test('the topology file is the one of this machine, once', () => {
  const pod = podWith(['storage', '--topology-file', '/etc/topicplane/topology.json', '--last']);
  expect(commandLine(pod, onLoopback('/data/topology.json')).args).toEqual([
    'storage',
    '--last',
    '--topology-file',
    '/data/topology.json',
  ]);
});
