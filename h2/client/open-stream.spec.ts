import { createServer as createHttp2, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { StreamEnd } from './client-stream.ts';
import { type OpenStream, openStream } from './open-stream.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const host = '127.0.0.1';
const request = {
  ':method': 'POST',
  ':scheme': 'http',
  ':path': '/echo',
  ':authority': 'x',
  te: 'trailers',
};

async function listening(server: Server | Http2Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** node:http2, which others wrote, as the server. */
function served(onStream: (stream: ServerHttp2Stream) => void): Promise<number> {
  const server = createHttp2({ settings: { initialWindowSize: 70_000 } });
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => {});
    onStream(stream);
  });
  server.on('session', (session) => closing.push(() => session.destroy()));
  return listening(server);
}

interface Opened {
  readonly stream: OpenStream;
  readonly received: Buffer[];
  readonly end: Promise<StreamEnd>;
  readonly ended: () => boolean;
}

function open(port: number): Opened {
  const received: Buffer[] = [];
  let isOver = false;
  let tell = (_end: StreamEnd): void => {};
  const end = new Promise<StreamEnd>((resolve) => {
    tell = resolve;
  });
  const stream = openStream({ host, port }, request, {
    headers: () => {},
    data: (bytes) => received.push(Buffer.from(bytes)),
    ended: (how) => {
      isOver = true;
      tell(how);
    },
  });
  closing.push(() => stream.cancel());
  return { stream, received, end, ended: () => isOver };
}

const reasonOf = async ({ end }: Opened): Promise<string> => {
  const how = await end;
  return how.is === 'broken' ? how.reason : how.is;
};

describe('a stream on a connection of its own', () => {
  it('carries both ways what is many times its windows, and says when it was sent', async () => {
    const port = await served((stream) => {
      stream.respond({ ':status': 200 });
      stream.pipe(stream);
    });
    const opened = open(port);
    const sent = Array.from({ length: 40 }, (_, index) => Buffer.alloc(100_003, index));
    let written = 0;
    for (const bytes of sent) opened.stream.write(bytes, () => (written += 1));
    const total = sent.reduce((sum, { length }) => sum + length, 0);
    const arrived = () => opened.received.reduce((sum, { length }) => sum + length, 0);
    await expect.poll(arrived, { timeout: 10_000 }).toBe(total);
    expect(Buffer.compare(Buffer.concat(opened.received), Buffer.concat(sent))).toBe(0);
    expect(written).toBe(sent.length);
  });

  it('does not say that it sent what the server has no window for', async () => {
    const port = await served((stream) => stream.respond({ ':status': 200 }));
    const opened = open(port);
    const written: number[] = [];
    for (const size of [60_000, 1_000_000])
      opened.stream.write(Buffer.alloc(size), () => written.push(size));
    await expect.poll(() => written.length).toBe(1);
    opened.stream.cancel();
    expect(opened.ended()).toBe(false);
    expect(written).toHaveLength(1);
  });

  it('ends with the server’s trailers', async () => {
    const port = await served((stream) => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '9' }));
      stream.end('x');
    });
    const opened = open(port);
    expect(await opened.end).toMatchObject({
      is: 'complete',
      trailers: [{ name: 'grpc-status', value: '9' }],
    });
    expect(Buffer.concat(opened.received).toString()).toBe('x');
  });

  it('says why nobody answers', async () => {
    const server = createServer();
    const port = await listening(server);
    server.close();
    expect(await reasonOf(open(port))).toContain(`ECONNREFUSED ${host}:${port}`);
  });

  it('says that what answers is not HTTP/2, and that the connection was closed', async () => {
    const http1 = createServer((socket) =>
      socket.on('error', () => {}).write('HTTP/1.1 400 Bad\r\n\r\n'),
    );
    expect(await reasonOf(open(await listening(http1)))).toContain('the server breaks HTTP/2');
    const closes = createServer((socket) => socket.on('error', () => {}).end());
    expect(await reasonOf(open(await listening(closes)))).toContain('the connection was closed');
  });

  it('is gone at once when it is cancelled', async () => {
    let isGone = false;
    const port = await served((stream) => {
      stream.respond({ ':status': 200 });
      stream.on('close', () => {
        isGone = true;
      });
      stream.write('x');
    });
    const opened = open(port);
    await expect.poll(() => opened.received.length).toBe(1);
    opened.stream.cancel();
    await expect.poll(() => isGone).toBe(true);
    expect(opened.ended()).toBe(false);
  });
});
