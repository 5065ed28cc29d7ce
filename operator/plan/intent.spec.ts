import { describe, expect, it } from 'vitest';
import { templateHash } from '../build/index.ts';
import { sampleObserved } from '../sample.ts';
import { intentOf } from './intent.ts';

const podsOf = (spec: unknown) => {
  const pods = intentOf(sampleObserved(spec), 'topicplane:1')?.pods;
  if (!pods) throw new Error('the spec is right');
  return pods;
};

describe('what is wished of pods', () => {
  it('is the same when a default is written down: it replaces no pod', () => {
    const { router } = podsOf({});
    expect(router).not.toHaveProperty('drainSeconds');
    expect(templateHash(podsOf({ router: { drainSeconds: 10 } }).router)).toBe(
      templateHash(router),
    );
  });

  it('is another of the routers, and of nobody else, when they drain for longer', () => {
    const { router, storage } = podsOf({ router: { drainSeconds: 30 } });
    expect(router.drainSeconds).toBe(30);
    expect(templateHash(router)).not.toBe(templateHash(podsOf({}).router));
    expect(storage).toEqual(podsOf({}).storage);
  });

  it('has nothing to do with rebalancing', () => {
    expect(podsOf({ router: { rebalance: false } })).toEqual(podsOf({}));
  });

  it('is the same object for the same spec, and another for another image', () => {
    const observed = sampleObserved({});
    const pods = intentOf(observed, 'topicplane:1')?.pods;
    expect(intentOf(observed, 'topicplane:1')?.pods).toBe(pods);
    expect(intentOf(observed, 'topicplane:2')?.pods?.router.image).toBe('topicplane:2');
  });
});
