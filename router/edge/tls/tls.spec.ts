import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { type AddressInfo, connect as connectPlain, createServer, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { credentials, type ServiceError } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pubsub } from '../../../proto/index.ts';
import { ManualClock, silentLogger } from '../../../runtime/index.ts';
import {
  collect,
  makeCertificate,
  subscription,
  type TestCertificate,
  type TestEdge,
  testEdge,
} from '../testing/index.ts';
import { Certificate } from './index.ts';

let files: TestCertificate;
let certificate: Certificate;
let test: TestEdge;
let clock: ManualClock;
let sockets: Socket[];

beforeAll(() => {
  files = makeCertificate();
});

afterAll(() => files.remove());

beforeEach(async () => {
  clock = new ManualClock();
  sockets = [];
  files.renew('first');
  certificate = await Certificate.load(files, clock, silentLogger, 10_000);
  test = await testEdge({}, clock, { certificate });
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  test.edge.close();
  await expect.poll(() => test.edge.connections()).toBe(0);
  await expect.poll(() => clock.pending).toBe(0);
});

function dial(protocols: string[] = ['h2', 'http/1.1']): Promise<TLSSocket> {
  const ca = readFileSync(files.certificate);
  const options = { host: '127.0.0.1', port: test.port, ca, ALPNProtocols: protocols };
  return new Promise((resolve, reject) => {
    const socket = connect(options, () => resolve(socket));
    sockets.push(socket);
    socket.on('error', reject);
  });
}

function grpcClient(): pubsub.PubsubClient {
  const trusted = credentials.createSsl(readFileSync(files.certificate));
  return new pubsub.PubsubClient(`localhost:${test.port}`, trusted);
}

async function refusals(): Promise<Record<string, number>> {
  const metric = test.registry.getSingleMetric('topicplane_edge_refused_sockets_total');
  const { values } = (await metric?.get()) ?? { values: [] };
  return Object.fromEntries(values.map(({ labels, value }) => [labels.reason, value]));
}

describe('TLS on the client port', () => {
  it('carries gRPC', async () => {
    const client = grpcClient();
    try {
      const stream = collect(client.subscribe(subscription('orders')));
      await stream.atLeast(1);
      const value = { kind: { $case: 'text' as const, value: 'one' } };
      const asked = { cacheName: 'cache', topic: 'orders', value };
      const failed = await new Promise<ServiceError | null>((resolve) =>
        client.publish(asked, resolve),
      );
      expect(failed).toBeNull();
      await stream.atLeast(2);
      expect(stream.items()).toEqual(['one']);
      void test.edge.drain(4_000);
      clock.advance(3_000);
      expect(await stream.over).toBeUndefined();
    } finally {
      client.close();
    }
  });

  it('carries HTTP/1.1', async () => {
    const status = await new Promise((resolve, reject) => {
      const ca = readFileSync(files.certificate);
      const where = { host: '127.0.0.1', port: test.port, path: '/topics/cache/orders', ca };
      const sent = request({ ...where, method: 'POST', agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('error', reject);
      sent.end('one');
    });
    expect(status).toBe(204);
  });

  it('offers HTTP/2 before HTTP/1.1, and serves whoever names no protocol', async () => {
    expect((await dial(['http/1.1', 'h2'])).alpnProtocol).toBe('h2');
    expect((await dial(['http/1.1'])).alpnProtocol).toBe('http/1.1');
    const socket = await dial([]);
    const said = new Promise((resolve) => socket.once('data', (data) => resolve(String(data))));
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    expect(await said).toMatch(/^HTTP\/1\.1 404/);
  });

  it('counts a handshake that fails, and harms nobody else', async () => {
    const other = await dial();
    await expect(dial(['smtp'])).rejects.toThrow();
    const socket = connectPlain(test.port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    socket.write(Buffer.from([0x16, 0x03, 0x01, 0x00, 0x05, 0xff, 0x00, 0x00, 0x01, 0x00]));
    await expect.poll(refusals).toEqual({ handshake: 2 });
    expect(other.destroyed).toBe(false);
  });

  it('gives up a handshake that does not go on, and a client that says nothing after it', async () => {
    const slow = connectPlain(test.port, '127.0.0.1');
    sockets.push(slow);
    slow.write(Buffer.from([0x16, 0x03]));
    await dial();
    await expect.poll(() => test.edge.connections()).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    clock.advance(10_000);
    await expect.poll(() => test.edge.connections()).toBe(0);
    expect(await refusals()).toEqual({ handshake: 1, silent: 1 });
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'that is broken later ends the connection (%s)',
    async (version) => {
      const raw = connectPlain(test.port, '127.0.0.1');
      sockets.push(raw);
      const ca = readFileSync(files.certificate);
      const socket = connect({ socket: raw, host: 'localhost', ca, maxVersion: version });
      socket.on('error', () => {});
      const said = new Promise((resolve) => socket.once('data', resolve));
      socket.write('GET /topics/cache/orders?stream=sse HTTP/1.1\r\nhost: x\r\n\r\n');
      await said;
      expect(test.edge.subscriptions()).toBe(1);
      raw.write(Buffer.concat([Buffer.of(0x17, 0x03, 0x03, 0x00, 0x20), Buffer.alloc(0x20, 0x41)]));
      await expect.poll(() => test.edge.connections()).toBe(0);
      expect(test.edge.subscriptions()).toBe(0);
    },
  );

  it('is not negotiated again', async () => {
    const ca = readFileSync(files.certificate);
    const socket = connect({ host: 'localhost', port: test.port, ca, maxVersion: 'TLSv1.2' });
    sockets.push(socket);
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    const outcome = new Promise((resolve) => {
      socket.once('error', ({ message }) => resolve(message));
      socket.renegotiate({}, (error) => resolve(error ? error.message : 'negotiated'));
    });
    socket.resume();
    expect(await outcome).toContain('no renegotiation');
  });

  it('is not asked of this machine itself', async () => {
    const socket = connectPlain(test.port, '127.0.0.1');
    sockets.push(socket);
    const said = new Promise((resolve) => socket.once('data', (data) => resolve(String(data))));
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    expect(await said).toMatch(/^HTTP\/1\.1 404/);
  });

  it('is asked of other machines', async () => {
    const server = createServer((socket) => {
      Object.defineProperty(socket, 'remoteAddress', { value: '10.0.0.7' });
      test.edge.accept(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const socket = connectPlain((server.address() as AddressInfo).port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await expect.poll(refusals).toEqual({ 'plain-text': 1 });
    server.close();
  });
});

describe('a certificate', () => {
  const subjectSeen = async (): Promise<unknown> => (await dial()).getPeerCertificate().subject.CN;

  it('that is renewed is used for new connections; the others stay', async () => {
    const before = await dial();
    expect(before.getPeerCertificate().subject.CN).toBe('first');
    files.renew('second');
    await certificate.check();
    expect(await subjectSeen()).toBe('second');
    expect(before.destroyed).toBe(false);
  });

  it('is looked at again and again', async () => {
    files.renew('second');
    clock.advance(10_000);
    const ca = (): Promise<unknown> => subjectSeen().catch(() => undefined);
    await expect.poll(ca).toBe('second');
  });

  it('that is half written changes nothing', async () => {
    const key = readFileSync(files.key);
    files.renew('second');
    writeFileSync(files.key, key);
    await certificate.check();
    const insecure = { host: '127.0.0.1', port: test.port, rejectUnauthorized: false };
    const subject = await new Promise((resolve) => {
      const socket = connect(insecure, () => resolve(socket.getPeerCertificate().subject.CN));
      sockets.push(socket);
    });
    expect(subject).toBe('first');
  });

  it('shows when it ends', async () => {
    const metric = test.registry.getSingleMetric(
      'topicplane_edge_certificate_expiry_timestamp_seconds',
    );
    const [value] = (await metric?.get())?.values ?? [];
    const inDays = ((value?.value ?? 0) - Date.now() / 1_000) / 86_400;
    expect(inDays).toBeGreaterThan(1.9);
    expect(inDays).toBeLessThan(2.1);
  });

  it('that is not there, or not one, is told with its file', async () => {
    const load = (certificateFile: string) =>
      Certificate.load({ ...files, certificate: certificateFile }, clock, silentLogger, 10_000);
    await expect(load('/nowhere/tls.crt')).rejects.toThrow('/nowhere/tls.crt');
    await expect(load(files.key)).rejects.toThrow("can't be used");
  });
});
