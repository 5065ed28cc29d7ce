import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock, silentLogger } from '../../../runtime/index.ts';
import { type TestEdge, testEdge } from '../testing/index.ts';

let test: TestEdge;
let clock: ManualClock;
let sockets: Socket[];

beforeEach(async () => {
  clock = new ManualClock();
  sockets = [];
  test = await testEdge({ http1PipelinedMax: 3, headerListBytesMax: 2_048 }, clock);
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  test.edge.close();
  await expect.poll(() => test.edge.connections()).toBe(0);
  await expect.poll(() => clock.pending).toBe(0);
});

interface Dialled {
  readonly socket: Socket;
  said: string;
  readonly closed: Promise<string>;
}

function dial(bytes: string): Dialled {
  const socket = connect(test.port, '127.0.0.1');
  sockets.push(socket);
  const closed = new Promise<string>((resolve) => {
    socket.on('close', () => resolve(dialled.said));
  });
  const dialled: Dialled = { socket, said: '', closed };
  socket.on('data', (chunk) => (dialled.said += chunk.toString('latin1')));
  socket.on('error', () => {});
  socket.write(bytes);
  return dialled;
}

const head = (line: string, ...fields: string[]): string =>
  [`${line} HTTP/1.1`, 'host: x', ...fields, '', ''].join('\r\n');
const get = head('GET /');
const poll = head('GET /topics/cache/orders');
const post = (body: string, ...fields: string[]): string =>
  head('POST /topics/cache/orders', `content-length: ${body.length}`, ...fields) + body;

const answers = ({ said }: Dialled, status: number): number =>
  said.split(`HTTP/1.1 ${status} `).length - 1;

describe('a connection of HTTP/1', () => {
  it('carries one request after the other', async () => {
    const client = dial(post('one'));
    await expect.poll(() => answers(client, 204)).toBe(1);
    client.socket.write(post('two'));
    await expect.poll(() => answers(client, 204)).toBe(2);
    expect(test.edge.connections()).toBe(1);
    expect(test.edge.calls()).toBe(0);
  });

  it('may be spoken on in pieces', async () => {
    const client = dial('P');
    for (const piece of post('one').slice(1)) client.socket.write(piece);
    await expect.poll(() => answers(client, 204)).toBe(1);
  });

  it('answers requests in line in their order', async () => {
    const client = dial(poll + post('one') + get);
    await expect.poll(() => answers(client, 404)).toBe(1);
    expect(client.said.match(/HTTP\/1\.1 \d+/g)).toEqual([
      'HTTP/1.1 200',
      'HTTP/1.1 204',
      'HTTP/1.1 404',
    ]);
  });

  it('with too many requests in line is ended, and all of them with it', async () => {
    expect(await dial(poll.repeat(4)).closed).toBe('');
    expect(test.service.open).toEqual([]);
    await expect.poll(() => test.edge.calls()).toBe(0);
  });

  it('whose client hangs up takes requests in line with it', async () => {
    const client = dial(poll.repeat(3));
    await expect.poll(() => test.edge.subscriptions()).toBe(3);
    client.socket.destroy();
    await expect.poll(() => test.edge.subscriptions()).toBe(0);
    await expect.poll(() => test.edge.calls()).toBe(0);
  });

  it('is closed when it was idle for too long', async () => {
    const client = dial(get);
    await expect.poll(() => answers(client, 404)).toBe(1);
    await expect.poll(() => test.edge.calls()).toBe(0);
    clock.advance(69_000);
    client.socket.write(get);
    await expect.poll(() => answers(client, 404)).toBe(2);
    await expect.poll(() => test.edge.calls()).toBe(0);
    clock.advance(80_000);
    await client.closed;
  });

  it('is not idle while a request waits', async () => {
    const client = dial(head('GET /topics/cache/orders?stream=sse'));
    await expect.poll(() => client.said).toContain('heartbeat');
    clock.advance(500_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const payload = Buffer.from('after a long time');
    test.service.accept({ cache: 'cache', topic: 'orders', payload, text: true, publisherId: '' });
    await expect.poll(() => client.said).toContain('after a long time');
  });

  it('is closed when headers begin and do not end, the first and later ones', async () => {
    const first = dial('GET / HTTP/1.1\r\nhost: x\r\nx-slow: ');
    const later = dial(get);
    await expect.poll(() => answers(later, 404)).toBe(1);
    await expect.poll(() => test.edge.calls()).toBe(0);
    later.socket.write('GET / HTTP/1.1\r\nx-');
    await new Promise((resolve) => setTimeout(resolve, 50));
    clock.advance(10_000);
    await first.closed;
    await later.closed;
  });

  it('with headers over the bound is refused', async () => {
    expect(await dial(head('GET /', `x-large: ${'x'.repeat(3_000)}`)).closed).toContain('431');
  });

  it('that breaks the protocol is refused', async () => {
    expect(await dial('GET / HTTP/1.1\r\nno colon\r\n\r\n').closed).toContain('400');
  });

  it('gets an early answer though it is still sending', async () => {
    const client = dial(head('POST /nowhere', 'content-length: 100000'));
    await expect.poll(() => client.said).toContain('404');
    expect(client.said).toContain('connection: close');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.socket.readableEnded).toBe(false);
    for (let n = 0; n < 10; n += 1) client.socket.write('x'.repeat(10_000));
    expect(await client.closed).toContain('nothing is served here');
  });

  it('that goes on sending after its answer is closed', async () => {
    const client = dial(head('POST /nowhere', 'content-length: 100000'));
    await expect.poll(() => client.said).toContain('404');
    clock.advance(1_000);
    await client.closed;
  });
});

describe('a mistake of the router', () => {
  it('ends the connection on which it shows, and no other', async () => {
    const logged = vi.spyOn(silentLogger, 'error');
    const other = dial(head('GET /topics/cache/orders?stream=sse'));
    await expect.poll(() => test.edge.subscriptions()).toBe(1);
    const client = dial(head('GET /topics/cache/orders?stream=sse'));
    await expect.poll(() => test.edge.subscriptions()).toBe(2);
    const [, subscription] = test.service.subscriptions;
    if (subscription) {
      subscription.onClose = () => {
        throw new Error('a mistake');
      };
    }
    client.socket.destroy();
    await expect.poll(() => test.edge.calls()).toBe(1);
    expect(logged).toHaveBeenCalledOnce();
    expect(other.socket.destroyed).toBe(false);
    logged.mockRestore();
  });
});

describe('a drain', () => {
  it('closes idle connections and says so in answers on the way', async () => {
    const idle = dial(get);
    await expect.poll(() => answers(idle, 404)).toBe(1);
    await expect.poll(() => test.edge.calls()).toBe(0);
    test.service.onPublish = () => new Promise((resolve) => (accept = resolve));
    let accept: (position: { page: number; sequence: number }) => void = () => {};
    const busy = dial(post('one'));
    await expect.poll(() => test.service.published.length).toBe(1);
    const drained = test.edge.drain(4_000);
    await idle.closed;
    clock.advance(500);
    expect(busy.said).toBe('');
    accept({ page: 7, sequence: 1 });
    expect(await busy.closed).toMatch(/^HTTP\/1\.1 204 [^]*connection: close/i);
    clock.advance(50);
    expect(await drained).toEqual({ ended: 0, cut: 0 });
  });

  it('cuts who reads nothing when the time is up', async () => {
    dial(head('GET /topics/cache/orders?stream=sse')).socket.pause();
    await expect.poll(() => test.edge.subscriptions()).toBe(1);
    const payload = Buffer.alloc(500_000, 0x61);
    const request = { cache: 'cache', topic: 'orders', payload, text: true, publisherId: '' };
    for (let n = 0; n < 40; n += 1) test.service.accept(request);
    const drained = test.edge.drain(4_000);
    clock.advance(4_000);
    expect(await drained).toEqual({ ended: 1, cut: 1 });
  });
});

describe('a client that does not read', () => {
  const items = (count: number): void => {
    const payload = Buffer.alloc(500_000, 0x61);
    const request = { cache: 'cache', topic: 'orders', payload, text: true, publisherId: '' };
    for (let n = 0; n < count; n += 1) test.service.accept(request);
  };
  const hits = async (): Promise<Record<string, number>> => {
    const metric = test.registry.getSingleMetric('topicplane_edge_limit_hits_total');
    const { values } = (await metric?.get()) ?? { values: [] };
    return Object.fromEntries(values.map(({ labels, value }) => [labels.limit, value]));
  };
  const path = '/topics/cache/orders?sequence_number=1';

  it('is ended when nothing could be sent to it for too long', async () => {
    items(40);
    dial(head(`GET ${path}&stream=sse`)).socket.pause();
    const reader = dial(head('GET /topics/cache/other?stream=sse'));
    await expect.poll(() => reader.said).toContain('heartbeat');
    for (let n = 0; n < 1_000 && test.edge.connections() > 1; n += 1) {
      clock.advance(1_000);
      await new Promise(setImmediate);
    }
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(600_000);
    await expect.poll(() => test.edge.connections()).toBe(1);
    expect(reader.socket.destroyed).toBe(false);
    expect(await hits()).toEqual({ 'stalled-connection': 1 });
  });

  it('is ended when all together hold too much, those with the most first', async () => {
    test.edge.close();
    test = await testEdge({ unreadBytesMax: 1_000_000 }, clock);
    items(3);
    const few = dial(head(`GET ${path}`));
    await expect.poll(() => answers(few, 200)).toBe(1);
    few.socket.pause();
    // More than the sockets on both sides take.
    const many = dial(head(`GET ${path}`).repeat(16));
    many.socket.pause();
    await expect.poll(() => test.service.subscriptions.length).toBe(17);
    clock.advance(300);
    await expect.poll(() => test.edge.connections()).toBe(1);
    await expect.poll(() => test.edge.calls()).toBe(0);
    expect(few.socket.destroyed).toBe(false);
    expect(await hits()).toEqual({ unread: 1 });
  });
});
