import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../runtime/index.ts';
import { collect, PubsubClient, subscription, type TestEdge, testEdge } from './testing/index.ts';

let test: TestEdge;
let clock: ManualClock;

beforeEach(async () => {
  clock = new ManualClock();
  test = await testEdge({ connectionsMax: 5 }, clock);
});

afterEach(() => test.edge.close());

interface Dialled {
  readonly socket: Socket;
  /** Everything the edge said, when it closed the connection. */
  readonly said: Promise<string>;
}

function dial(bytes?: Uint8Array | string): Dialled {
  const socket = connect(test.port, '127.0.0.1');
  const said = new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
  if (bytes !== undefined) socket.write(bytes);
  return { socket, said };
}

async function refusals(): Promise<Record<string, number>> {
  const metric = test.registry.getSingleMetric('topicplane_edge_refused_sockets_total');
  const { values } = (await metric?.get()) ?? { values: [] };
  return Object.fromEntries(values.map(({ labels, value }) => [labels.reason, value]));
}

describe('a socket', () => {
  it('that speaks HTTP/1.1 is served', async () => {
    const said = await dial('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n').said;
    expect(said).toMatch(/^HTTP\/1\.1 404 .*\r\n/);
    expect(await refusals()).toEqual({});
  });

  it('that speaks gRPC over HTTP/1.1 is told what gRPC needs', async () => {
    const head = 'POST /cache_client.Ping/Ping HTTP/1.1\r\nhost: x\r\nconnection: close\r\n';
    const said = await dial(`${head}content-type: application/grpc\r\n\r\n`).said;
    expect(said).toMatch(/^HTTP\/1\.1 505 .*\r\n/);
    expect(said).toContain('gRPC needs HTTP/2');
  });

  it('that speaks something else is closed', async () => {
    expect(await dial(Buffer.of(0x16, 0x03, 0x01, 0x02)).said).toBe('');
    expect(await refusals()).toEqual({ 'unknown-protocol': 1 });
  });

  it('that says too little for too long is closed', async () => {
    const { said } = dial('PRI * HT');
    await expect.poll(() => test.edge.connections()).toBe(1);
    clock.advance(10_000);
    expect(await said).toBe('');
    expect(await refusals()).toEqual({ silent: 1 });
  });

  it('that hangs up before saying anything leaves nothing behind', async () => {
    const { socket } = dial();
    await expect.poll(() => test.edge.connections()).toBe(1);
    socket.end();
    await expect.poll(() => test.edge.connections()).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('over the bound is closed, and there is room again when another leaves', async () => {
    const first = Array.from({ length: 5 }, () => dial());
    await expect.poll(() => test.edge.connections()).toBe(5);
    await dial().said;
    expect(await refusals()).toEqual({ full: 1 });
    first[0]?.socket.destroy();
    await expect.poll(() => test.edge.connections()).toBe(4);
    for (const { socket } of first) socket.destroy();
  });

  it('over the bound of its address is closed, and there is room again when another leaves', async () => {
    test.edge.close();
    test = await testEdge({ connectionsPerAddressMax: 2 }, clock);
    const first = dial();
    const second = dial();
    await expect.poll(() => test.edge.connections()).toBe(2);
    await dial().said;
    expect(await refusals()).toEqual({ 'address-full': 1 });
    const other = connect({ port: test.port, host: '127.0.0.1', localAddress: '127.0.0.2' });
    await expect.poll(() => test.edge.connections()).toBe(3);
    first.socket.destroy();
    await expect.poll(() => test.edge.connections()).toBe(2);
    const third = dial();
    await expect.poll(() => test.edge.connections()).toBe(3);
    for (const { socket } of [second, third]) socket.destroy();
    other.destroy();
  });

  it('may send the preface in pieces', async () => {
    const { socket, said } = dial('PRI * HTTP/2.0\r\n');
    await new Promise((resolve) => setTimeout(resolve, 20));
    // The rest of the preface, and empty SETTINGS.
    socket.write(Buffer.from('\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1'));
    await new Promise((resolve) => socket.once('data', resolve));
    socket.end();
    // SETTINGS: 3 bytes of length, then type 4.
    expect((await said).charCodeAt(3)).toBe(4);
  });

  it('with garbage, at once or after the preface, harms nobody', async () => {
    test.edge.close();
    test = await testEdge({}, clock);
    const client = new PubsubClient(test.address);
    const neighbour = collect(client.subscribe(subscription('orders')));
    await neighbour.atLeast(1);
    const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        async (after, bytes) => {
          const { socket } = dial(after ? Buffer.concat([preface, bytes]) : bytes);
          // What is undecided or could still go on is hung up on by the client.
          await new Promise((resolve) => socket.once('connect', resolve));
          setTimeout(() => socket.destroy(), 1);
        },
      ),
      { numRuns: 100 },
    );
    test.service.accept({
      cache: 'cache',
      topic: 'orders',
      payload: Buffer.from('still here'),
      text: true,
      publisherId: '',
    });
    await neighbour.atLeast(2);
    expect(neighbour.items()).toEqual(['still here']);
    client.close();
  });
});
