import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pubsub } from '../../../proto/index.ts';
import { ManualClock } from '../../../runtime/index.ts';
import {
  type HttpRequest,
  type HttpResponse,
  httpRequest,
  httpVersions,
  rawFrame,
  type TestEdge,
  testEdge,
} from '../testing/index.ts';

const publishPath = pubsub.PubsubService.publish.path;
const subscribePath = pubsub.PubsubService.subscribe.path;

function publishFrame(topic: string, text = 'payload', cacheName = 'cache'): Buffer {
  const value = { kind: { $case: 'text' as const, value: text } };
  return rawFrame(pubsub.PublishRequest.encode({ cacheName, topic, value }).finish());
}

function subscribeFrame(topic: string, cacheName = 'cache'): Buffer {
  const asked = { cacheName, topic, resumeAtTopicSequenceNumber: 0, sequencePage: 0 };
  return rawFrame(pubsub.SubscriptionRequest.encode(asked).finish());
}

/** A frame of a gRPC-Web body: a message, or the trailers as text. */
interface Seen {
  readonly messages: Buffer[];
  readonly trailers: string | undefined;
}

function framesOf(body: Buffer): Seen {
  const messages: Buffer[] = [];
  let trailers: string | undefined;
  for (let at = 0; at + 5 <= body.length; ) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    const content = body.subarray(at + 5, end);
    if (body[at] === 0x80) trailers = content.toString('latin1');
    else messages.push(content);
    at = end;
  }
  return { messages, trailers };
}

/** Base64 texts that follow each other, each padded by itself. */
function fromTexts(text: string): Buffer {
  const pieces = text.match(/[^=]+=*/g) ?? [];
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64')));
}

const kinds = [
  { kind: 'binary', type: 'application/grpc-web+proto' },
  { kind: 'text', type: 'application/grpc-web-text' },
] as const;

const all = httpVersions.flatMap((version) => kinds.map((kind) => ({ version, ...kind })));

describe.each(all)('gRPC-Web ($kind) over HTTP/$version', ({ version, kind, type }) => {
  let test: TestEdge;
  let clock: ManualClock;
  let responses: HttpResponse[];

  beforeEach(async () => {
    clock = new ManualClock();
    responses = [];
    test = await testEdge({}, clock);
  });

  afterEach(async () => {
    for (const response of responses) response.abort();
    test.edge.close();
    await expect.poll(() => test.edge.connections()).toBe(0);
  });

  const wrap = (framed: Buffer): string | Buffer =>
    kind === 'text' ? framed.toString('base64') : framed;

  async function call(path: string, body: string | Buffer, more: HttpRequest = {}) {
    const headers = { 'content-type': type, 'x-grpc-web': '1', ...more.headers };
    const asked = { method: 'POST', body, ...more, headers };
    const response = await httpRequest(version, test.port, path, asked);
    responses.push(response);
    return response;
  }

  const seen = ({ text }: HttpResponse): Seen =>
    framesOf(kind === 'text' ? fromTexts(text) : Buffer.from(text, 'latin1'));

  it('publishes', async () => {
    const response = await call(publishPath, wrap(publishFrame('orders')));
    await response.over;
    expect(response.status).toBe(200);
    expect(response.headers['content-type']).toBe(
      kind === 'text' ? 'application/grpc-web-text+proto' : 'application/grpc-web+proto',
    );
    expect(seen(response)).toEqual({
      messages: [Buffer.alloc(0)],
      trailers: 'grpc-status: 0\r\n',
    });
    expect(test.service.published).toMatchObject([{ topic: 'orders', text: true }]);
  });

  it('streams items as they come, and ends with OK when its client is moved', async () => {
    const response = await call(subscribePath, wrap(subscribeFrame('orders')));
    await expect.poll(() => seen(response).messages.length).toBe(1);
    for (const item of ['a', 'bc', 'def']) {
      await (await call(publishPath, wrap(publishFrame('orders', item)))).over;
    }
    await expect.poll(() => seen(response).messages.length).toBe(4);
    const texts = seen(response).messages.map((message) => {
      const { kind: what } = pubsub.SubscriptionItem.decode(message);
      return what?.$case === 'item' ? what.value.value?.kind?.value : what?.$case;
    });
    expect(texts).toEqual(['heartbeat', 'a', 'bc', 'def']);
    void test.edge.drain(4_000);
    clock.advance(3_000);
    await response.over;
    expect(seen(response).trailers).toBe('grpc-status: 0\r\n');
  });

  it('refuses in the headers, which a page may read', async () => {
    const response = await call(subscribePath, wrap(subscribeFrame('orders', 'nöne')), {
      headers: { origin: 'https://app.example' },
    });
    expect(await response.over).toBe('');
    expect(response.headers).toMatchObject({
      'grpc-status': '5',
      'grpc-message': 'no cache is named "n%C3%B6ne"',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'grpc-status, grpc-message, err',
    });
    expect(response.headers['content-type']).toMatch(/^application\/grpc-web/);
  });

  it('ends a stream that is refused later with the reason', async () => {
    const response = await call(subscribePath, wrap(subscribeFrame('orders')));
    test.service.subscriptions[0]?.end({ refused: 'cache-not-found', message: 'gone' });
    await response.over;
    expect(seen(response).trailers).toBe('grpc-status: 5\r\ngrpc-message: gone\r\n');
  });

  it('answers a preflight', async () => {
    const asked = { method: 'OPTIONS', headers: { origin: 'https://app.example' } };
    const response = await httpRequest(version, test.port, publishPath, asked);
    expect(response.status).toBe(204);
    const allowed = String(response.headers['access-control-allow-headers']).split(', ');
    expect(allowed).toEqual(
      expect.arrayContaining(
        'authorization, agent, runtime-version, cache, read-concern, content-type, x-grpc-web, x-user-agent, grpc-timeout'.split(
          ', ',
        ),
      ),
    );
    expect(response.headers).toMatchObject({
      'access-control-allow-methods': 'POST, OPTIONS',
      'access-control-allow-origin': '*',
    });
  });

  it('tells a method that is not served, and a request that is none', async () => {
    expect((await call('/cache_client.Scs/Get', '')).headers['grpc-status']).toBe('12');
    expect((await call(publishPath, wrap(rawFrame(Buffer.of(1), 7)))).headers['grpc-status']).toBe(
      '13',
    );
    const get = await httpRequest(version, test.port, publishPath, {
      headers: { 'content-type': type },
    });
    expect(get.status).toBe(405);
  });

  it('closes the subscription with its client', async () => {
    const response = await call(subscribePath, wrap(subscribeFrame('orders')));
    response.abort();
    await expect.poll(() => test.service.open).toEqual([]);
  });
});
