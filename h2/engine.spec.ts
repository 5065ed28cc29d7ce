import { type ClientHttp2Session, connect, constants } from 'node:http2';
import {
  type AddressInfo,
  createServer,
  connect as dialPort,
  type Server,
  type Socket,
} from 'node:net';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Connection,
  defaultLimits,
  type Engine,
  type EngineOwner,
  type Exchange,
  type ExchangeHandler,
  H2Engine,
} from './index.ts';
import { rawCall, TwinEngine } from './testing/index.ts';

const clock = {
  monotonicMs: () => performance.now(),
  every(intervalMs: number, action: () => void) {
    const timer = setInterval(action, intervalMs);
    return () => clearInterval(timer);
  },
};

/** Ours, and the one that it is compared with. */
const engines: [string, (owner: EngineOwner) => Engine][] = [
  ['H2Engine', (owner) => new H2Engine(owner, defaultLimits, clock)],
  ['TwinEngine, over node:http2', (owner) => new TwinEngine(owner, defaultLimits)],
];

/** What the handler of one exchange was told, in order. */
interface Seen {
  readonly exchange: Exchange;
  readonly told: string[];
}

let engine: Engine;
let newEngine: (owner: EngineOwner) => Engine;
let server: Server;
let url: string;
let seen: Seen[];
let closedConnections: Connection[];
let onExchange: (seen: Seen) => void;
let onRequestEnded: (seen: Seen) => void;
let sessions: ClientHttp2Session[];

const headers = { ':status': 200, 'content-type': 'application/grpc' };

function dial(to: Server): Socket {
  return dialPort((to.address() as AddressInfo).port, '127.0.0.1');
}

function http2Frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function exchange(of: Exchange): ExchangeHandler {
  const one: Seen = { exchange: of, told: [] };
  seen.push(one);
  onExchange(one);
  return {
    data: (chunk) => void one.told.push(`data ${Buffer.from(chunk).toString()}`),
    requestEnded: () => {
      one.told.push('ended');
      onRequestEnded(one);
    },
    drained: () => void one.told.push('drained'),
    closed: () => void one.told.push('closed'),
  };
}

function session(settings = {}): ClientHttp2Session {
  const one = connect(url, { settings });
  one.on('error', () => {});
  sessions.push(one);
  return one;
}

describe.each(engines)('%s:', (_, start) => {
  beforeAll(() => {
    newEngine = start;
  });
  beforeEach(async () => {
    seen = [];
    sessions = [];
    closedConnections = [];
    onExchange = () => {};
    onRequestEnded = () => {};
    engine = newEngine({
      exchange,
      closed: (connection) => void closedConnections.push(connection),
    });
    server = createServer((socket) => engine.accept(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    for (const session of sessions) session.destroy();
    for (const connection of engine.connections()) connection.close();
    await new Promise((resolve) => server.close(resolve));
    await expect.poll(() => engine.connections().size).toBe(0);
  });

  describe('an exchange', () => {
    it('is told the request, answers, and is closed', async () => {
      let agent: string | undefined;
      onRequestEnded = ({ exchange: one }) => {
        agent = one.header('agent');
        one.respond(headers);
        one.write(Buffer.from('answer'));
        one.end({ 'grpc-status': 0 });
      };
      const answer = await rawCall(session(), { ':path': '/a', agent: 'test' }, [
        Buffer.from('question'),
      ]);
      expect(answer.body.toString()).toBe('answer');
      expect(answer.trailers).toMatchObject({ 'grpc-status': '0' });
      expect(seen[0]?.exchange).toMatchObject({ method: 'POST', path: '/a' });
      expect(agent).toBe('test');
      await expect.poll(() => seen[0]?.told).toEqual(['data question', 'ended', 'closed']);
      expect(engine.exchanges).toBe(0);
    });

    it('that was not responded to ends with its only headers', async () => {
      onRequestEnded = ({ exchange: one }) => one.end({ ...headers, 'grpc-status': 5 });
      const answer = await rawCall(session(), { ':path': '/a' }, []);
      expect(answer.headers).toMatchObject({ ':status': 200, 'grpc-status': '5' });
      expect(answer.trailers).toBeUndefined();
      expect(answer.rstCode).toBe(0);
    });

    it('can end while the request still comes; the rest is dropped, and the connection lives', async () => {
      onExchange = ({ exchange: one }) => one.end({ ...headers, 'grpc-status': 8 });
      const client = session();
      const half = client.request({ ':method': 'POST', ':path': '/a' });
      half.on('error', () => {});
      half.write('half');
      const status8 = await new Promise((resolve) =>
        half.on('response', (got) => resolve(got['grpc-status'])),
      );
      expect(status8).toBe('8');
      await expect.poll(() => engine.exchanges).toBe(0);
      expect(seen[0]?.told).toEqual(['closed']);
      onExchange = () => {};
      onRequestEnded = ({ exchange: one }) => one.end({ ...headers, 'grpc-status': 0 });
      expect((await rawCall(client, { ':path': '/b' }, [])).headers['grpc-status']).toBe('0');
    });

    it('that the client resets is closed without its request being complete', async () => {
      // By hand: node's own client ends the body before it resets.
      const socket = dial(server);
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      socket.write(http2Frame(4, 0, 0, Buffer.alloc(0)));
      // :method POST, :scheme http, :path /, :authority x.
      socket.write(http2Frame(1, 4, 1, Buffer.of(0x83, 0x86, 0x84, 0x01, 0x01, 0x78)));
      socket.write(http2Frame(0, 0, 1, Buffer.from('half')));
      await expect.poll(() => seen[0]?.told).toEqual(['data half']);
      socket.write(http2Frame(3, 0, 1, Buffer.of(0, 0, 0, constants.NGHTTP2_CANCEL)));
      await expect.poll(() => seen[0]?.told).toEqual(['data half', 'closed']);
      // Late words are dropped.
      expect(seen[0]?.exchange.write(Buffer.from('x'))).toBe(true);
      seen[0]?.exchange.end(headers);
      socket.destroy();
    });

    it('is closed when its connection is lost', async () => {
      const client = session();
      client
        .request({ ':method': 'POST', ':path': '/a' })
        .on('error', () => {})
        .write('half');
      await expect.poll(() => seen[0]?.told).toEqual(['data half']);
      client.destroy();
      await expect.poll(() => seen[0]?.told.at(-1)).toBe('closed');
    });

    it('holds its writer back while the client does not read, and no other', async () => {
      onRequestEnded = ({ exchange: one }) => one.respond(headers);
      const client = session({ initialWindowSize: 1_000 });
      const [slow, quick] = ['/slow', '/quick'].map((path) =>
        client
          .request({ ':method': 'POST', ':path': path })
          .on('error', () => {})
          .end(),
      );
      quick?.resume();
      await expect.poll(() => seen.length).toBe(2);
      const [slowSeen, quickSeen] = seen as [Seen, Seen];
      let written = 0;
      while (slowSeen.exchange.write(Buffer.alloc(4_000))) written += 4_000;
      expect(written).toBeLessThan(64_000);
      for (let index = 0; index < 200; index += 1) {
        if (quickSeen.exchange.write(Buffer.alloc(4_000))) continue;
        await expect.poll(() => quickSeen.told, { interval: 1 }).toContain('drained');
        quickSeen.told.length = 0;
      }
      expect(slowSeen.told).not.toContain('drained');
      slow?.resume();
      await expect.poll(() => slowSeen.told).toContain('drained');
    });
  });

  describe('a connection', () => {
    it('carries far more than 100 exchanges at once', async () => {
      onRequestEnded = ({ exchange: one }) => {
        one.respond(headers);
        one.write(Buffer.from('first'));
      };
      const client = session();
      const count = 1_200;
      let answered = 0;
      for (let index = 0; index < count; index += 1) {
        const stream = client.request({ ':method': 'POST', ':path': '/a' });
        stream.on('error', () => {});
        stream.on('data', () => (answered += 1));
        stream.end();
      }
      await expect.poll(() => answered, { timeout: 5_000 }).toBe(count);
      expect([...engine.connections()][0]?.exchanges).toBe(count);
      client.destroy();
      await expect.poll(() => engine.exchanges, { timeout: 5_000 }).toBe(0);
      expect(closedConnections).toHaveLength(1);
    });

    it('answers any number of pings', async () => {
      const client = session();
      await new Promise((resolve) => client.once('connect', resolve));
      let acknowledged = 0;
      for (let index = 0; index < 500; index += 1) {
        await new Promise<void>((resolve) => {
          client.ping((error) => {
            if (!error) acknowledged += 1;
            resolve();
          });
        });
      }
      expect(acknowledged).toBe(500);
      expect(client.closed).toBe(false);
    });

    it('after goaway finishes what is open, takes nothing new, and closes', async () => {
      onRequestEnded = ({ exchange: one }) => {
        one.respond(headers);
        one.write(Buffer.from('first'));
      };
      const client = session();
      const stream = client.request({ ':method': 'POST', ':path': '/a' });
      const goaway = new Promise((resolve) => client.on('goaway', (code) => resolve(code)));
      const trailers = new Promise((resolve) =>
        stream.on('trailers', (got) => resolve(got['grpc-status'])),
      );
      stream.end();
      await new Promise((resolve) => stream.once('data', resolve));
      const [connection] = engine.connections();
      connection?.goaway();
      connection?.goaway();
      expect(await goaway).toBe(constants.NGHTTP2_NO_ERROR);
      expect(seen[0]?.exchange.write(Buffer.from('second'))).toBe(true);
      expect(engine.connections().size).toBe(1);
      seen[0]?.exchange.end({ 'grpc-status': 0 });
      expect(await trailers).toBe('0');
      await expect.poll(() => engine.connections().size).toBe(0);
      expect(closedConnections).toEqual([connection]);
    });

    it('without exchanges is closed by goaway at once', async () => {
      const client = session();
      await new Promise((resolve) => client.once('remoteSettings', resolve));
      for (const connection of engine.connections()) connection.goaway();
      await expect.poll(() => engine.connections().size).toBe(0);
    });

    it('with headers over the bound gets an error and no handler', async () => {
      const client = session();
      // The bound holds once the client has confirmed it.
      await new Promise((resolve) => client.once('remoteSettings', resolve));
      const call = rawCall(client, { ':path': '/a', large: 'x'.repeat(40_000) }, []);
      await expect(call).rejects.toThrow();
      expect(seen).toHaveLength(0);
    });
  });

  describe('a grpc-js client', () => {
    const identity = (bytes: Buffer): Buffer => bytes;
    const clients: Client[] = [];

    function client(): Client {
      const one = new Client(url.slice('http://'.length), credentials.createInsecure(), {
        'grpc.use_local_subchannel_pool': 1,
      });
      clients.push(one);
      return one;
    }

    afterEach(() => {
      for (const one of clients.splice(0)) one.close();
    });

    function stream(of: Client): {
      code: Promise<number>;
      cancel: () => void;
      first: Promise<void>;
    } {
      const call = of.makeServerStreamRequest('/a', identity, identity, Buffer.alloc(0));
      const code = new Promise<number>((resolve) => {
        call.on('error', (error) => resolve((error as ServiceError).code));
        call.on('end', () => resolve(status.OK));
      });
      const first = new Promise<void>((resolve) => call.once('data', () => resolve()));
      return { code, first, cancel: () => call.cancel() };
    }

    beforeEach(() => {
      onRequestEnded = ({ exchange: one }) => {
        one.respond(headers);
        one.write(Buffer.of(0, 0, 0, 0, 0));
      };
    });

    it('sees OK when a stream is ended after goaway', async () => {
      const { code, first } = stream(client());
      await first;
      for (const connection of engine.connections()) connection.goaway();
      await new Promise((resolve) => setTimeout(resolve, 20));
      seen[0]?.exchange.end({ 'grpc-status': 0 });
      expect(await code).toBe(status.OK);
    });

    it('sees a lost connection, not CANCELLED, when the connection is cut', async () => {
      const { code, first } = stream(client());
      await first;
      for (const connection of engine.connections()) connection.close();
      expect(await code).toBe(status.UNAVAILABLE);
    });

    it('calls on while connections go away, and sees no error', async () => {
      onRequestEnded = ({ exchange: one }) => {
        setTimeout(() => {
          one.respond(headers);
          one.write(Buffer.of(0, 0, 0, 0, 0));
          one.end({ 'grpc-status': 0 });
        }, 1);
      };
      const one = client();
      const codes = new Set<number>();
      let calls = 0;
      const caller = async (): Promise<void> => {
        for (; calls < 400; calls += 1) {
          const code = await new Promise<number>((resolve) => {
            one.makeUnaryRequest('/a', identity, identity, Buffer.alloc(0), (error) =>
              resolve(error?.code ?? status.OK),
            );
          });
          codes.add(code);
          // grpc-js sends a refused call again once: each connection lives long enough for that.
          if (calls % 50 === 0) for (const connection of engine.connections()) connection.goaway();
        }
      };
      await Promise.all(Array.from({ length: 20 }, caller));
      expect([...codes]).toEqual([status.OK]);
      expect(closedConnections.length).toBeGreaterThan(5);
    });

    it('may cancel more streams than nghttp2 allows without harm to a stream beside them', async () => {
      const one = client();
      const lasting = stream(one);
      await lasting.first;
      for (let round = 0; round < 26; round += 1) {
        const passing = Array.from({ length: 50 }, () => stream(one));
        await Promise.all(passing.map(({ first }) => first));
        for (const { cancel } of passing) cancel();
        const codes = await Promise.all(passing.map(({ code }) => code));
        expect(new Set(codes)).toEqual(new Set([status.CANCELLED]));
      }
      await expect.poll(() => engine.exchanges).toBe(1);
      seen[0]?.exchange.end({ 'grpc-status': 0 });
      expect(await lasting.code).toBe(status.OK);
    }, 15_000);
  });
});
