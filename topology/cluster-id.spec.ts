import { describe, expect, it } from 'vitest';
import { clusterLabel, formatClusterId, parseClusterId } from './cluster-id.ts';

describe('cluster id', () => {
  it('is read as it was written', () => {
    const id = { namespace: 'team-a', name: 'demo', uid: '8b0c7a52-1f3e-4a77-9d0e-5f1f6e2c1a10' };
    expect(parseClusterId(formatClusterId(id))).toEqual(id);
  });

  it.each(['', 'demo', 'default/demo', 'a/b/c/d', 'a//c', 'a/b/', '/b/c', 'a/b/c ', 'a/b\u0000/c'])(
    '%j is none',
    (text) => {
      expect(parseClusterId(text)).toBeUndefined();
    },
  );

  it('is namespace/name in metrics', () => {
    expect(clusterLabel('default/demo/8b0c7a52')).toBe('default/demo');
    expect(clusterLabel('unlike that')).toBe('unlike that');
  });
});
