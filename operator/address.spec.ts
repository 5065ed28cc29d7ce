import { describe, expect, it } from 'vitest';
import { addressOf, isReady } from './address.ts';
import { buildStatefulSet } from './build/index.ts';
import { samplePod } from './sample.ts';
import type { Pod } from './store.ts';

const { template } = buildStatefulSet({ namespace: 'a', name: 'demo', uid: 'u' }, 'storage', 1, {
  image: 'i',
}).spec;
const inCluster = (podIP?: string): Pod => {
  const { annotations: _, ...metadata } = samplePod('storage', 0).metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: template.spec,
    status: podIP === undefined ? {} : { podIP },
  };
};

describe('addressOf', () => {
  it.each([
    ['10.0.0.7', '10.0.0.7:8081'],
    ['fd00::7', '[fd00::7]:8081'],
    [undefined, undefined],
    ['', undefined],
  ])('of a pod with the address %s is %s', (podIP, address) => {
    expect(addressOf(inCluster(podIP), 'link')).toBe(address);
  });

  it('is nothing for a port that the pod does not have', () => {
    expect(addressOf(inCluster('10.0.0.7'), 'client')).toBeUndefined();
  });

  it('is what the annotation says, before anything else', () => {
    expect(addressOf(samplePod('storage', 0, { podIP: '10.0.0.7' }), 'link')).toBe(
      'demo-storage-0:8081',
    );
  });
});

describe('isReady', () => {
  it('goes by the Ready condition', () => {
    expect(isReady(samplePod('router', 0))).toBe(true);
    expect(
      isReady(samplePod('router', 0, { conditions: [{ type: 'Ready', status: 'Unknown' }] })),
    ).toBe(false);
    expect(isReady(inCluster())).toBe(false);
  });

  it('is not so of a pod that goes', () => {
    const pod = samplePod('router', 0);
    const metadata = { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
    expect(isReady({ ...pod, metadata })).toBe(false);
  });
});
