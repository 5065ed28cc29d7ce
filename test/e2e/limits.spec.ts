import { TopicPublish } from '@gomomento/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { SdkClient } from '../support/sdk-client.ts';
import { Watch } from '../support/watch.ts';

let cluster: Cluster;
let sdk: SdkClient;
beforeAll(async () => {
  cluster = await Cluster.start({
    caches: [
      { name: 'free' },
      { name: 'few-publishes', limits: { publishesPerSecond: 5 } },
      { name: 'few-subscriptions', limits: { subscriptions: 3 } },
    ],
  });
  sdk = new SdkClient(cluster.endpoint, new Watch());
});
afterAll(() => cluster.stop());

describe('the limits of a cache', () => {
  it('refuse publishes above its rate as LimitExceeded, and only those of this cache', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => sdk.topics.publish('few-publishes', 't', 'x')),
    );
    const refused = answers.filter((answer) => answer instanceof TopicPublish.Error);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(answers.length);
    for (const answer of refused) expect(answer.errorCode()).toBe('LIMIT_EXCEEDED_ERROR');

    const free = await Promise.all(
      Array.from({ length: 40 }, () => sdk.topics.publish('free', 't', 'x')),
    );
    for (const answer of free) expect(answer).toBeInstanceOf(TopicPublish.Success);
  });

  it('refuse subscriptions above its number as LimitExceeded, and take another when one has left', async () => {
    const held = await Promise.all(
      [1, 2, 3].map((n) => sdk.subscribe('few-subscriptions', `t-${n}`)),
    );
    await expect(sdk.subscribe('few-subscriptions', 't-4')).rejects.toThrow(/subscri/i);
    await expect(sdk.subscribe('free', 't')).resolves.toBeDefined();
    held[0]?.close();
    await expect
      .poll(() => sdk.subscribe('few-subscriptions', 't-4').then(() => 'taken', String), {
        timeout: 60_000,
      })
      .toBe('taken');
  });
});
