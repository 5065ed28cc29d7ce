import { describe, expect, it } from 'vitest';
import { clusterOfChange, formatKey, parseKey } from './keys.ts';
import type { Kind } from './store.ts';

describe('keys', () => {
  it('are read as they were written', () => {
    const key = { namespace: 'team-a', name: 'demo' };
    expect(parseKey(formatKey(key))).toEqual(key);
    expect(() => parseKey('demo')).toThrow(/demo is no key/);
  });
});

describe('clusterOfChange', () => {
  it.each<[Kind, string, string | undefined]>([
    ['TopicCluster', 'demo', 'demo'],
    ['StatefulSet', 'demo-router', 'demo'],
    ['StatefulSet', 'my-demo-storage', 'my-demo'],
    ['StatefulSet', 'postgres', undefined],
    ['Pod', 'demo-storage-12', 'demo'],
    ['Pod', 'demo-storage', undefined],
    ['Service', 'demo', 'demo'],
    ['Service', 'demo-router', 'demo'],
    ['ConfigMap', 'demo-topology', 'demo'],
    ['ServiceAccount', 'demo-member', 'demo'],
    ['ServiceAccount', 'default', undefined],
    ['PodDisruptionBudget', 'demo-storage', 'demo'],
    ['ConfigMap', 'kube-root-ca.crt', undefined],
  ])('%s %s concerns %s', (kind, name, cluster) => {
    const key = cluster === undefined ? undefined : { namespace: 'default', name: cluster };
    expect(clusterOfChange({ kind, namespace: 'default', name })).toEqual(key);
  });
});
