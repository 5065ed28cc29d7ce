import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock, silentLogger } from '../../../runtime/index.ts';
import {
  type HttpResponse,
  httpRequest,
  httpVersions,
  type TestEdge,
  testEdge,
} from '../testing/index.ts';

const text = { 'content-type': 'text/plain' };
const binary = { 'content-type': 'application/octet-stream' };

describe.each(httpVersions)('over HTTP/%s', (version) => {
  let test: TestEdge;
  let clock: ManualClock;
  let responses: HttpResponse[];

  beforeEach(async () => {
    clock = new ManualClock();
    responses = [];
    test = await testEdge({ smallRequestBytesMax: 1_000 }, clock);
  });

  afterEach(async () => {
    for (const response of responses) response.abort();
    test.edge.close();
    await expect.poll(() => test.edge.connections()).toBe(0);
    await expect.poll(() => clock.pending).toBe(0);
  });

  async function ask(path: string, ...how: [Parameters<typeof httpRequest>[3]?]) {
    const response = await httpRequest(version, test.port, path, ...how);
    responses.push(response);
    return response;
  }

  const post = (topic: string, body: string | Uint8Array, headers: Record<string, string> = text) =>
    ask(`/topics/cache/${topic}`, { method: 'POST', headers, body });

  /** A request that is answered only when something happens. */
  async function pending(path: string): Promise<{ readonly answer: Promise<HttpResponse> }> {
    const before = test.edge.subscriptions();
    const answer = ask(path);
    await expect.poll(() => test.edge.subscriptions()).toBe(before + 1);
    return { answer };
  }

  describe('a publish', () => {
    it('is answered with 204 when it was accepted', async () => {
      const response = await post('orders', 'five');
      expect(response.status).toBe(204);
      expect(await response.over).toBe('');
      expect(test.service.published).toMatchObject([
        { cache: 'cache', topic: 'orders', text: true, payload: Buffer.from('five') },
      ]);
    });

    it.each([
      ['application/octet-stream', false],
      ['text/plain; charset=utf-8', true],
      ['application/json', true],
      ['application/x-www-form-urlencoded', true],
    ])('of content-type %s is text: %s', async (type, isText) => {
      expect((await post('orders', 'x', { 'content-type': type })).status).toBe(204);
      expect(test.service.published).toMatchObject([{ text: isText }]);
    });

    it('to names that are percent-encoded is to what they mean', async () => {
      await post('a%2Fb%20%C3%A9%3F', 'x');
      expect(test.service.published).toMatchObject([{ topic: 'a/b é?' }]);
    });

    it('that fails inside the router is logged without its token', async () => {
      const logged = vi.spyOn(silentLogger, 'error');
      test.service.onPublish = () => {
        throw new Error('a mistake');
      };
      const path = '/topics/cache/orders?token=secret';
      const response = await ask(path, { method: 'POST', headers: text, body: 'x' });
      expect(response.status).toBe(500);
      expect(logged.mock.calls).toMatchObject([
        [{ path: '/topics/cache/orders' }, expect.any(String)],
      ]);
      expect(await response.over).not.toContain('mistake');
      logged.mockRestore();
    });

    it.each([
      ['a name that is empty', '/topics/cache/', text, 'x', 400],
      ['a name that is no UTF-8', '/topics/cache/%ff', text, 'x', 400],
      ['a / in a name', '/topics/cache/a/b', text, 'x', 400],
      ['a cache that is not there', '/topics/none/orders', text, 'x', 404],
      ['text that is no UTF-8', '/topics/cache/orders', text, Buffer.of(0xff), 400],
      [
        'a type that is neither text nor bytes',
        '/topics/cache/orders',
        { 'content-type': 'image/png' },
        'x',
        415,
      ],
      [
        'a compressed item',
        '/topics/cache/orders',
        { ...text, 'content-encoding': 'gzip' },
        'x',
        415,
      ],
      [
        'two credentials',
        '/topics/cache/orders?token=a',
        { ...text, authorization: 'a' },
        'x',
        400,
      ],
      ['an item that is too large', '/topics/cache/orders', binary, Buffer.alloc(1_100_000), 413],
    ])('with %s is refused', async (_what, path, headers, body, status) => {
      const response = await ask(path, { method: 'POST', headers, body });
      expect(response.status).toBe(status);
      expect(await response.json()).toEqual({
        code: expect.any(String),
        message: expect.any(String),
        ...(status === 413 && { err: 'item_size_limit_exceeded' }),
      });
    });

    it('whose body does not come is given up', async () => {
      const sent = ask('/topics/cache/orders', {
        method: 'POST',
        headers: { ...text, 'content-length': '5' },
        isCut: true,
      });
      await expect.poll(() => test.edge.calls()).toBe(1);
      clock.advance(30_000);
      expect((await sent).status).toBe(408);
      clock.advance(1_000);
      await expect.poll(() => test.edge.calls()).toBe(0);
    });

    it('says which limit is reached', async () => {
      test.service.onPublish = () => Promise.resolve({ refused: 'publish-rate', message: 'slow' });
      const response = await post('orders', 'x');
      expect([response.status, response.headers['retry-after']]).toEqual([429, '1']);
      expect(await response.json()).toEqual({
        code: 'resource_exhausted',
        message: 'too many publish operations: slow',
        err: 'operations_rate_limit_exceeded',
      });
    });
  });

  describe('a long poll', () => {
    it('is answered with what is there', async () => {
      await post('orders', 'one');
      await post('orders', Buffer.of(0, 255), binary);
      const response = await ask('/topics/cache/orders?sequence_number=1&sequence_page=7');
      expect(response.headers['content-type']).toBe('application/json');
      expect(await response.json()).toEqual({
        items: [
          { item: { topic_sequence_number: 1, sequence_page: 7, value: { text: 'one' } } },
          { item: { topic_sequence_number: 2, sequence_page: 7, value: { binary: 'AP8=' } } },
        ],
        next: { sequence_number: 3, sequence_page: 7 },
      });
      expect(test.service.open).toEqual([]);
    });

    it('is answered with no more than its bound, and goes on from there', async () => {
      const bounded = await testEdge({ pollBytesMax: 150 }, clock);
      try {
        const payload = Buffer.alloc(50, 0x61);
        const item = { cache: 'cache', topic: 'orders', payload, text: true, publisherId: '' };
        for (let n = 0; n < 5; n += 1) bounded.service.accept(item);
        const path = '/topics/cache/orders?sequence_number=1';
        const answer = await (await httpRequest(version, bounded.port, path)).json();
        expect(answer).toMatchObject({ items: [{}, {}], next: { sequence_number: 3 } });
      } finally {
        bounded.edge.close();
      }
    });

    it('waits for the next item', async () => {
      const { answer } = await pending('/topics/cache/orders');
      await post('orders', 'first');
      expect(await (await answer).json()).toMatchObject({
        items: [{ item: { topic_sequence_number: 1, value: { text: 'first' } } }],
      });
    });

    it('tells what is missing, with the number of the next item', async () => {
      const { answer } = await pending('/topics/cache/orders?sequence_number=4&sequence_page=6');
      test.service.subscriptions[0]?.write({
        kind: {
          $case: 'discontinuity',
          value: { lastTopicSequence: 3, newTopicSequence: 103, newSequencePage: 7 },
        },
      });
      expect(await (await answer).json()).toMatchObject({
        items: [
          {
            discontinuity: {
              last_topic_sequence: 3,
              new_topic_sequence: 104,
              new_sequence_page: 7,
            },
          },
        ],
      });
    });

    it('that hears nothing is answered without items, and with where to ask on', async () => {
      await post('orders', 'before');
      const { answer } = await pending('/topics/cache/orders');
      clock.advance(30_000);
      expect(await (await answer).json()).toEqual({
        items: [],
        next: { sequence_number: 2, sequence_page: 7 },
      });
    });

    it('ends with its client', async () => {
      const { answer } = await pending('/topics/cache/orders');
      const cut = httpRequest(version, test.port, '/topics/cache/orders').catch(() => undefined);
      await expect.poll(() => test.edge.subscriptions()).toBe(2);
      void cut;
      test.service.subscriptions[0]?.end();
      expect(await (await answer).json()).toMatchObject({ items: [] });
    });

    it.each([
      'sequence_number=-1',
      'sequence_page=x',
      'sequence_number=9007199254740993',
      'stream=wss',
    ])('with %s is refused', async (query) => {
      expect((await ask(`/topics/cache/orders?${query}`)).status).toBe(400);
    });

    it('of a cache that is not there is refused', async () => {
      expect((await ask('/topics/none/orders')).status).toBe(404);
    });
  });

  describe('a stream of events', () => {
    const path = '/topics/cache/orders?stream=sse';

    it('brings items as they come, with ids', async () => {
      const response = await ask(path);
      expect(response.status).toBe(200);
      expect(response.headers['content-type']).toBe('text/event-stream');
      await expect
        .poll(() => response.text)
        .toBe('retry: 500\n\n: heartbeat\n\n: heartbeat\nid: 7-0\n\n');
      await post('orders', 'one\ntwo');
      await expect
        .poll(() => response.text)
        .toContain(
          'id: 7-1\ndata: {"item":{"topic_sequence_number":1,"sequence_page":7,"value":{"text":"one\\ntwo"}}}\n\n',
        );
    });

    it('goes on after the last event of the one before', async () => {
      for (const item of ['one', 'two', 'three']) await post('orders', item);
      const response = await ask(path, { headers: { 'last-event-id': '7-2' } });
      await expect.poll(() => response.text).toContain('"three"');
      expect(response.text).not.toContain('"two"');
    });

    it('tells what is missing', async () => {
      const response = await ask(path);
      test.service.subscriptions[0]?.write({
        kind: {
          $case: 'discontinuity',
          value: { lastTopicSequence: 3, newTopicSequence: 103, newSequencePage: 8 },
        },
      });
      await expect.poll(() => response.text).toContain('event: discontinuity\nid: 8-103\ndata: {');
    });

    it('whose cache goes away says so and ends', async () => {
      const response = await ask(path);
      test.service.subscriptions[0]?.end({ refused: 'cache-not-found', message: 'gone' });
      expect(await response.over).toContain(
        'event: refused\ndata: {"code":"not_found","message":"gone"}\n\n',
      );
    });

    it('is closed with its client', async () => {
      const response = await ask(path);
      response.abort();
      await expect.poll(() => test.service.open).toEqual([]);
    });

    it('waits while its client does not read', async () => {
      const response = await ask(path);
      const subscription = test.service.subscriptions[0];
      const payload = Buffer.alloc(200_000, 0x61);
      for (let n = 0; n < 40 && !subscription?.blocked; n += 1) await post('orders', payload);
      for (let n = 0; n < 40; n += 1) await post('orders', payload);
      await expect.poll(() => response.text.length > 40 * 200_000, { timeout: 10_000 }).toBe(true);
    });

    it('with an id of somebody else is refused', async () => {
      expect((await ask(path, { headers: { 'last-event-id': 'x' } })).status).toBe(400);
    });
  });

  describe('other requests', () => {
    it.each(['HEAD', 'PUT', 'DELETE'])('%s is not taken', async (method) => {
      const response = await ask('/topics/cache/orders', { method });
      expect([response.status, response.headers.allow]).toEqual([405, 'GET, POST, OPTIONS']);
      expect((await response.over) === '').toBe(method === 'HEAD');
    });

    it.each(['/', '/metrics', '/topics', '/topicsx/cache/orders'])(
      '%s is not there',
      async (path) => {
        expect((await ask(path)).status).toBe(404);
      },
    );
  });

  describe('pages of other origins', () => {
    const origin = { origin: 'https://app.example' };

    it('may ask before they call', async () => {
      const response = await ask('/topics/cache/orders', { method: 'OPTIONS', headers: origin });
      expect(response.status).toBe(204);
      expect(response.headers).toMatchObject({
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET, POST, OPTIONS',
        'access-control-allow-headers': expect.stringContaining('authorization, '),
        'access-control-max-age': '7200',
      });
    });

    it('may read answers, errors too', async () => {
      for (const path of ['/topics/none/x', '/topics/cache/x?sequence_number=x']) {
        const response = await ask(path, { headers: origin });
        expect(response.headers['access-control-allow-origin']).toBe('*');
      }
    });

    it('may not, when only others may', async () => {
      const strict = await testEdge({ corsOrigins: ['https://ours.example'] }, clock);
      const asked = (headers: Record<string, string>) =>
        httpRequest(version, strict.port, '/topics/cache/x', { method: 'OPTIONS', headers });
      try {
        const refused = await asked(origin);
        expect(refused.headers).not.toHaveProperty('access-control-allow-origin');
        expect(refused.headers.vary).toBe('origin');
        const allowed = await asked({ origin: 'https://ours.example' });
        expect(allowed.headers).toMatchObject({
          'access-control-allow-origin': 'https://ours.example',
          vary: 'origin',
        });
      } finally {
        strict.edge.close();
      }
    });
  });

  describe('a drain', () => {
    it('answers polls, ends streams of events, and then the connections', async () => {
      const poll = await pending('/topics/cache/orders');
      const events = await ask('/topics/cache/orders?stream=sse');
      const drained = test.edge.drain(4_000);
      clock.advance(3_000);
      expect(await (await poll.answer).json()).toMatchObject({ items: [] });
      await events.over;
      await expect.poll(() => test.edge.connections()).toBe(0);
      clock.advance(10_000);
      expect(await drained).toMatchObject({ ended: 2 });
    });
  });
});
