import { describe, expect, it } from 'vitest';
import { sampleResource } from '../sample.ts';
import { resolveTopicCluster } from './topic-cluster.ts';

describe('resolveTopicCluster', () => {
  it('fills in what an object of the store leaves open', () => {
    const result = resolveTopicCluster(sampleResource({ router: { replicas: 7 } }));
    expect(result).toMatchObject({
      ok: true,
      cluster: {
        metadata: { uid: 'uid-1' },
        spec: { router: { replicas: 7 }, storage: { replicas: 2 } },
      },
    });
  });

  it('takes an object without a spec', () => {
    expect(resolveTopicCluster(sampleResource(undefined)).ok).toBe(true);
  });

  it('says all that is wrong, by path', () => {
    const resource = sampleResource({ router: { replicas: 0 }, sotrage: {} });
    const named = { ...resource, metadata: { ...resource.metadata, name: 'a-storage' } };
    expect(resolveTopicCluster(named)).toEqual({
      ok: false,
      problems: [
        'metadata.name: must not end in "-router" or "-storage": another cluster may have objects of that name',
        'spec.sotrage: unknown field; did you mean storage?',
        'spec.router.replicas: must be between 1 and 1000, is 0',
      ],
    });
  });

  it('gives the same spec for the same one, and the name is looked at again', () => {
    const resource = sampleResource({ router: { replicas: 7 } });
    const first = resolveTopicCluster(resource);
    const again = resolveTopicCluster({ ...resource, status: {} });
    expect(first.ok && again.ok && again.cluster.spec === first.cluster.spec).toBe(true);
    const named = { ...resource, metadata: { ...resource.metadata, name: 'a-storage' } };
    expect(resolveTopicCluster(named).ok).toBe(false);
  });
});

it('a password that somebody wrote into a URL is not repeated', () => {
  const result = resolveTopicCluster(
    sampleResource({ scaling: { prometheus: { url: 'http://me:open-sesame@prometheus:9090' } } }),
  );
  expect(JSON.stringify(result)).toContain('without user and password');
  expect(JSON.stringify(result)).not.toContain('sesame');
});
