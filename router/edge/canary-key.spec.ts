import { connect } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pubsub } from '../../proto/index.ts';
import { ManualClock } from '../../runtime/index.ts';
import { canaryCache } from '../../topology/index.ts';
import { CanaryKey, canaryHeader } from './canary-key.ts';
import { type RawAnswer, rawCall, rawFrame, type TestEdge, testEdge } from './testing/index.ts';

describe('the key', () => {
  it('opens with itself only', () => {
    const key = new CanaryKey('sesame');
    expect(key.opens('sesame')).toBe(true);
    for (const other of [undefined, '', 'sesam', 'sesame2', 'x'.repeat(10_000)]) {
      expect(key.opens(other)).toBe(false);
    }
  });

  it('that nobody has opens with nothing', () => {
    for (const any of [undefined, '', 'undefined'])
      expect(new CanaryKey(undefined).opens(any)).toBe(false);
  });
});

describe("the canaries' cache", () => {
  let test: TestEdge;
  let clock: ManualClock;
  let session: ReturnType<typeof connect>;

  beforeEach(async () => {
    clock = new ManualClock();
    test = await testEdge({}, clock, { canaryKey: 'sesame' });
    // The service lets everybody in: what keeps clients out is the edge.
    test.service.cacheList = [...test.service.cacheList, hidden(canaryCache)];
    session = connect(`http://${test.address}`);
  });

  afterEach(() => {
    session.destroy();
    test.edge.close();
  });

  const value = { kind: { $case: 'text', value: 'x' } } as const;
  const publish = (cacheName: string, key?: string) =>
    call(
      pubsub.PubsubService.publish.path,
      pubsub.PublishRequest.encode({ cacheName, topic: 't', value }).finish(),
      key,
    );

  function call(path: string, message: Uint8Array, key?: string): Promise<RawAnswer> {
    const headers = { ':path': path, ...(key !== undefined && { [canaryHeader]: key }) };
    return rawCall(session, headers, [rawFrame(message)]);
  }

  function subscribe(key: string): void {
    const headers = {
      ':method': 'POST',
      ':path': pubsub.PubsubService.subscribe.path,
      'content-type': 'application/grpc',
      [canaryHeader]: key,
    };
    const stream = session.request(headers);
    stream.on('error', () => {});
    const request = {
      cacheName: canaryCache,
      topic: 't',
      resumeAtTopicSequenceNumber: 0,
      sequencePage: 0,
    };
    stream.end(rawFrame(pubsub.SubscriptionRequest.encode(request).finish()));
  }

  const codeOf = (answer: RawAnswer) => Number((answer.trailers ?? answer.headers)['grpc-status']);

  it('is open to who has the key', async () => {
    expect(codeOf(await publish(canaryCache, 'sesame'))).toBe(status.OK);
    expect(test.service.published).toHaveLength(1);
  });

  it('answers everybody else as any cache of a name that no cache can have', async () => {
    const nowhere = await publish('\u0002anaries');
    for (const key of [undefined, '', 'wrong']) {
      const answer = await publish(canaryCache, key);
      expect(codeOf(answer)).toBe(codeOf(nowhere));
      const said = (one: RawAnswer) =>
        String(one.headers['grpc-message']).replace(/U%2B\d+|U\+\d+/, '');
      expect(said(answer)).toBe(said(nowhere));
    }
    expect(test.service.published).toEqual([]);
  });

  it('is the only one that the key opens', async () => {
    expect(codeOf(await publish('cache', 'sesame'))).toBe(status.INVALID_ARGUMENT);
  });

  it('counts as no client, and is left alone by sheds and drains', async () => {
    subscribe('sesame');
    await expect.poll(() => test.service.open.length).toBe(1);
    expect(test.edge.connections()).toBe(0);
    expect(test.edge.subscriptions()).toBe(0);
    expect(test.edge.calls()).toBe(0);
    expect(test.edge.sentBytes()).toBe(0);
    expect(test.edge.shed(5, 0)).toBe(0);
    expect(await test.edge.drain(1_000)).toEqual({ ended: 0, cut: 0 });
    clock.advance(5_000);
    expect(test.service.open).toHaveLength(1);
    expect(codeOf(await publish(canaryCache, 'sesame'))).toBe(status.OK);
    const metrics = await test.registry.metrics();
    expect(metrics).toMatch(/edge_accept_seconds_count\{[^}]*\} 0\n/);
    expect(metrics).not.toMatch(/edge_publishes_total\{[^}]*\} [1-9]/);
    test.edge.close();
    await expect.poll(() => test.service.open.length).toBe(0);
  });
});

function hidden(name: string) {
  return { name, publishesPerSecondMax: 0, subscriptionsMax: 0, messageBytesMax: 1_000 };
}
