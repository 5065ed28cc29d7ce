import { type ClientHttp2Session, connect } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ping, pubsub, scs } from '../../../proto/index.ts';
import { ManualClock } from '../../../runtime/index.ts';
import { type RawAnswer, rawCall, rawFrame, type TestEdge, testEdge } from '../testing/index.ts';

const publishPath = pubsub.PubsubService.publish.path;
const subscribePath = pubsub.PubsubService.subscribe.path;

let test: TestEdge;
let clock: ManualClock;
let session: ClientHttp2Session;

beforeEach(async () => {
  clock = new ManualClock();
  test = await testEdge({ exchangesMax: 3, smallRequestBytesMax: 1_000 }, clock);
  session = connect(`http://${test.address}`);
  session.on('error', () => {});
});

afterEach(() => {
  session.destroy();
  test.edge.close();
});

function call(path: string, ...pieces: Uint8Array[]): Promise<RawAnswer> {
  return rawCall(session, { ':path': path }, pieces);
}

/** grpc-status and message, and whether they came before any answer. */
function ending({ headers, trailers }: RawAnswer): string {
  const from = trailers ?? headers;
  const message = decodeURIComponent(String(from['grpc-message'] ?? ''));
  return `${trailers ? '' : 'only '}${String(from['grpc-status'])} ${message}`.trim();
}

function publishMessage(
  topic: string,
  payload: Uint8Array = Buffer.from('payload'),
  cacheName = 'cache',
): Uint8Array {
  const value = { kind: { $case: 'binary' as const, value: payload } };
  return pubsub.PublishRequest.encode({ cacheName, topic, value }).finish();
}

const publishFrame = (...message: Parameters<typeof publishMessage>): Buffer =>
  rawFrame(publishMessage(...message));

describe('a publish', () => {
  it('is answered with an empty message and OK', async () => {
    const answer = await call(publishPath, publishFrame('orders'));
    expect(answer.headers).toMatchObject({ ':status': 200, 'content-type': 'application/grpc' });
    expect(answer.body).toEqual(Buffer.alloc(5));
    expect(ending(answer)).toBe('0');
    expect(test.service.published).toMatchObject([
      { cache: 'cache', topic: 'orders', text: false },
    ]);
  });

  it('may come with an empty authorization or none', async () => {
    for (const extra of [{ authorization: '' }, { authorization: 'token' }, {}]) {
      const answer = await rawCall(session, { ':path': publishPath, ...extra }, [
        publishFrame('orders'),
      ]);
      expect(ending(answer)).toBe('0');
    }
  });

  it('that is refused ends with the status of the refusal, before any answer', async () => {
    expect(ending(await call(publishPath, publishFrame('orders', Buffer.of(), 'other')))).toBe(
      'only 5 no cache is named "other"',
    );
    test.service.onPublish = async () => ({ refused: 'unavailable', message: 'größer %' });
    expect(ending(await call(publishPath, publishFrame('orders')))).toBe('only 14 größer %');
  });

  it('whose service fails is answered without the reason', async () => {
    test.service.onPublish = () => {
      throw new Error('secret');
    };
    expect(ending(await call(publishPath, publishFrame('orders')))).toMatch(
      /^only 13 internal error/,
    );
  });

  it('answered after its client has gone is no problem', async () => {
    let answer = (_position: { page: number; sequence: number }): void => {};
    test.service.onPublish = () => new Promise((resolve) => (answer = resolve));
    const gone = session.request({
      ':method': 'POST',
      ':path': publishPath,
      'content-type': 'application/grpc',
    });
    gone.on('error', () => {});
    gone.end(publishFrame('orders'));
    await expect.poll(() => test.service.published.length).toBe(1);
    session.destroy();
    await expect.poll(() => test.edge.connections()).toBe(0);
    answer({ page: 1, sequence: 1 });
  });

  it('over the message bound is refused before it has arrived, whatever its cache', async () => {
    test.service.cacheList = [
      { name: 'cache', publishesPerSecondMax: 0, subscriptionsMax: 0, messageBytesMax: 10_000 },
    ];
    // Only the prefix of 2 MB is ever sent, and the stream stays open.
    const stream = session.request({
      ':method': 'POST',
      ':path': publishPath,
      'content-type': 'application/grpc',
    });
    stream.on('error', () => {});
    stream.write(Buffer.of(0, 0, 0x20, 0, 0));
    const headers = await new Promise((resolve) => stream.on('response', resolve));
    expect(headers).toMatchObject({
      'grpc-status': '8',
      err: 'item_size_limit_exceeded',
      'grpc-message': expect.stringMatching(/^item size exceeded/),
    });
    expect(ending(await call(publishPath, publishFrame('orders', Buffer.alloc(10_000))))).toBe('0');
  });

  it.each(['', ' ', 'a\u0000b', 'x'.repeat(1025)])(
    'to a topic named %j is refused',
    async (topic) => {
      expect(ending(await call(publishPath, publishFrame(topic)))).toMatch(/^only 3 topic name /);
      expect(test.service.published).toEqual([]);
    },
  );

  it('is counted though it was refused unread', async () => {
    await call(publishPath, rawFrame(publishMessage('orders'), 1));
    // What is too large is sent until the router asks the client to stop.
    const passing = setInterval(() => clock.advance(250), 10);
    await call(publishPath, publishFrame('orders', Buffer.alloc(2 * 1024 * 1024)));
    clearInterval(passing);
    const metrics = await test.registry.metrics();
    for (const outcome of ['invalid-argument', 'message-too-large']) {
      const count = new RegExp(`publishes_total\\{cache="other",outcome="${outcome}",[^}]*\\} 1\n`);
      expect(metrics).toMatch(count);
    }
  });

  it('is timed until it is answered, unless it was refused at once', async () => {
    test.service.onPublish = async ({ topic }) => {
      clock.advance(topic === 'slow' ? 300 : 2);
      return topic === 'over'
        ? { refused: 'publish-rate', message: 'too many' }
        : { page: 1, sequence: 1 };
    };
    for (const topic of ['quick', 'slow', 'over']) await call(publishPath, publishFrame(topic));
    const metrics = await test.registry.metrics();
    const below = (le: string) =>
      new RegExp(`accept_seconds_bucket\\{le="${le}",[^}]*\\} (\\d+)`).exec(metrics)?.[1];
    expect([below('0.001'), below('0.0025'), below('0.25'), below('1'), below('\\+Inf')]).toEqual([
      '0',
      '1',
      '1',
      '2',
      '2',
    ]);
  });

  it('is counted by its outcome', async () => {
    await call(publishPath, publishFrame('orders'));
    await call(publishPath, publishFrame('orders', Buffer.of(), 'other'));
    await call(publishPath, publishFrame(''));
    const metrics = await test.registry.metrics();
    const counted = (cache: string, outcome: string): string =>
      `topicplane_edge_publishes_total{cache="${cache}",outcome="${outcome}",role="router",name="test"} 1`;
    expect(metrics).toContain(counted('cache', 'accepted'));
    expect(metrics).toContain(counted('other', 'cache-not-found'));
    expect(metrics).toContain(counted('other', 'invalid-argument'));
    expect(metrics).toMatch(
      /topicplane_edge_publish_bytes_total\{cache="cache",outcome="accepted",[^}]*\} 7\n/,
    );
    expect(metrics).toMatch(/topicplane_edge_connections\{[^}]*\} 1/);
    expect(metrics).toMatch(/topicplane_edge_sent_bytes_total\{[^}]*\} 5\n/);
    expect(metrics).not.toContain('orders');
  });
});

describe('a request', () => {
  it('that is no valid message is refused in plain words', async () => {
    const garbage = rawFrame(Buffer.alloc(30, 0xff));
    expect(ending(await call(publishPath, garbage))).toMatch(
      /^only 3 the request is not a valid _PublishRequest: /,
    );
    expect(ending(await call(subscribePath, garbage))).toMatch(
      /^only 3 the request is not a valid _SubscriptionRequest: /,
    );
    expect(ending(await call(scs.ScsControlService.createCache.path, garbage))).toBe(
      'only 3 the request is not a valid protobuf message',
    );
  });

  it('with two messages, or none, is refused', async () => {
    const one = publishFrame('orders');
    expect(ending(await call(publishPath, one, one))).toMatch(/^only 12 .*more than one/);
    expect(ending(await call(publishPath))).toMatch(/^only 12 .*no request message/);
    expect(test.service.published).toEqual([]);
  });

  it('that is compressed is refused, and told what is not', async () => {
    const answer = await call(publishPath, rawFrame(publishMessage('orders'), 1));
    expect(ending(answer)).toMatch(/^only 12 .*compressed/);
    expect(answer.headers['grpc-accept-encoding']).toBe('identity');
  });

  it('that is cut off is refused', async () => {
    expect(ending(await call(publishPath, publishFrame('orders').subarray(0, 12)))).toMatch(
      /^only 13 .*cut off/,
    );
  });

  it('may arrive byte by byte', async () => {
    const bytes = [...publishFrame('orders')].map((byte) => Buffer.of(byte));
    expect(ending(await call(publishPath, ...bytes))).toBe('0');
  });

  it('that never completes is ended', async () => {
    const stream = session.request({
      ':method': 'POST',
      ':path': publishPath,
      'content-type': 'application/grpc',
    });
    stream.on('error', () => {});
    stream.write(publishFrame('orders').subarray(0, 8));
    // Frames of one connection are read in turn: once this is answered, the other has begun.
    await call(publishPath, publishFrame('orders'));
    const response = new Promise((resolve) =>
      stream.on('response', (got) => resolve(got['grpc-status'])),
    );
    clock.advance(30_000);
    expect(await response).toBe('4');
    session.destroy();
    await expect.poll(() => clock.pending).toBe(0);
  });

  it('to a path that is not served is told so', async () => {
    expect(ending(await call('/cache_client.Scs/Get'))).toBe(
      'only 12 no method is served at "/cache_client.Scs/Get"',
    );
  });

  it('that is not gRPC is answered in HTTP', async () => {
    const get = await rawCall(session, { ':method': 'GET', ':path': publishPath }, []);
    expect(get.headers).toMatchObject({ ':status': 405, allow: 'POST' });
    for (const type of ['application/json', 'application/grpc-web+json', 'application/grpc+json']) {
      const answer = await rawCall(session, { ':path': publishPath, 'content-type': type }, []);
      expect(answer.headers[':status']).toBe(415);
    }
    const typed = { ':path': publishPath, 'content-type': 'application/grpc+proto' };
    expect(ending(await rawCall(session, typed, [publishFrame('orders')]))).toBe('0');
  });

  it('over the bound of open calls is refused, and taken again when one ends', async () => {
    const open = Array.from({ length: 3 }, () => {
      const stream = session.request({
        ':method': 'POST',
        ':path': publishPath,
        'content-type': 'application/grpc',
      });
      return stream.on('error', () => {});
    });
    await expect
      .poll(async () => ending(await call(publishPath, publishFrame('orders'))))
      .toMatch(/^only 14 this router already serves 3 calls/);
    open[0]?.end(publishFrame('orders'));
    await expect
      .poll(async () => ending(await call(publishPath, publishFrame('orders'))))
      .toBe('0');
  });
});

describe('the other calls', () => {
  const message = (name: string): Buffer =>
    rawFrame(scs.CreateCacheRequest.encode({ cacheName: name }).finish());

  it('answer a ping without credentials', async () => {
    const answer = await call(ping.PingService.ping.path, rawFrame(Buffer.alloc(0)));
    expect([ending(answer), answer.body]).toEqual(['0', Buffer.alloc(5)]);
  });

  it('list the caches with their limits', async () => {
    test.service.cacheList = [
      { name: 'a', publishesPerSecondMax: 10, subscriptionsMax: 20, messageBytesMax: 1025 },
      { name: 'b', publishesPerSecondMax: 0, subscriptionsMax: 0, messageBytesMax: 4096 },
    ];
    const answer = await call(scs.ScsControlService.listCaches.path, rawFrame(Buffer.alloc(0)));
    const { cache } = scs.ListCachesResponse.decode(answer.body.subarray(5));
    expect(cache.map(({ cacheName, topicLimits }) => [cacheName, topicLimits])).toEqual([
      ['a', { maxPublishRate: 10, maxSubscriptionCount: 20, maxPublishMessageSizeKb: 2 }],
      ['b', { maxPublishRate: 0, maxSubscriptionCount: 0, maxPublishMessageSizeKb: 4 }],
    ]);
  });

  it('say where caches are made', async () => {
    const create = scs.ScsControlService.createCache.path;
    expect(ending(await call(create, message('cache')))).toBe('only 6 the cache "cache" exists');
    expect(ending(await call(create, message('new')))).toBe(
      'only 9 caches are declared in the TopicCluster: add "new" under spec.caches',
    );
    expect(ending(await call(create, message(' ')))).toMatch(/^only 3 cache name/);
  });

  it('say where caches are removed', async () => {
    const remove = scs.ScsControlService.deleteCache.path;
    expect(ending(await call(remove, message('cache')))).toBe(
      'only 9 caches are declared in the TopicCluster: remove "cache" under spec.caches',
    );
    expect(ending(await call(remove, message('new')))).toBe('only 5 no cache is named "new"');
  });
});
