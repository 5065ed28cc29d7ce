import { Server, type ServerDuplexStream } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { link } from '../../proto/index.ts';
import { bindServer, ManualClock, silentLogger } from '../../runtime/index.ts';
import { routerBounds } from '../config.ts';
import { Link } from './link.ts';
import { dialLink } from './stream.ts';

type Peer = ServerDuplexStream<link.RouterBatch, link.StorageBatch>;

const endings: (() => void)[] = [];
afterEach(() => {
  for (const end of endings.splice(0)) end();
});

const nothing: link.StorageBatch = {
  welcome: undefined,
  version: undefined,
  results: [],
  feeds: [],
  replays: [],
  handoffs: [],
  handoffResults: [],
  topology: undefined,
};
const welcome: link.StorageBatch = {
  ...nothing,
  welcome: { storage: 'storage-0', incarnation: 'one' },
  version: { term: 1, epoch: 3 },
};

/** A storage node played by the test, and a link to it whose timers run only when told. */
async function setUp(greet = true) {
  const server = new Server();
  const peers: Peer[] = [];
  const batches: link.RouterBatch[] = [];
  server.addService(link.LinkServiceService, {
    open(peer: Peer): void {
      peers.push(peer);
      peer.on('data', (batch: link.RouterBatch) => batches.push(batch));
      peer.on('error', () => {});
      if (greet) peer.write(welcome);
    },
  });
  const port = await bindServer(server, '127.0.0.1:0');
  const clock = new ManualClock();
  const told: string[] = [];
  const held = new Link(
    { name: 'storage-0', address: `127.0.0.1:${port}` },
    { cluster: 'ns/c/1', router: 'router-0', incarnation: 'two' },
    {
      opened: () => told.push('opened'),
      broke: () => told.push('broke'),
      versionChanged: () => told.push('version'),
      received: () => told.push('batch'),
    },
    { clock, log: silentLogger, bounds: routerBounds, dial: dialLink },
  );
  endings.push(() => {
    held.close();
    server.forceShutdown();
  });
  held.connect();
  return { held, clock, told, peers, batches };
}

const until = (condition: () => boolean): Promise<void> =>
  expect.poll(condition, { interval: 2, timeout: 5_000 }).toBe(true);

const publish = (request: number): link.Publish => ({
  request,
  cache: 'c',
  topic: 't',
  payload: new Uint8Array(8),
  text: false,
  publisherId: '',
});

describe('a link', () => {
  it('says who it is first, and is open when the storage node has answered', async () => {
    const { held, told, batches } = await setUp();
    await until(() => held.state === 'open');
    expect(told).toEqual(['batch', 'opened']);
    expect(batches[0]?.hello).toEqual({
      cluster: 'ns/c/1',
      router: 'router-0',
      incarnation: 'two',
    });
    expect(held.peerVersion).toEqual({ term: 1, epoch: 3 });
  });

  it('tells what a batch refuses before it tells the version that may mend it', async () => {
    const { held, told, peers } = await setUp();
    await until(() => held.state === 'open');
    peers[0]?.write({ ...nothing, version: { term: 1, epoch: 4 } });
    await until(() => told.includes('version'));
    expect(told).toEqual(['batch', 'opened', 'batch', 'version']);
  });

  it('sends what one turn of the event loop collected as one batch', async () => {
    const { held, batches, clock } = await setUp();
    await until(() => held.state === 'open');
    for (let n = 1; n <= 50; n++) held.publish(publish(n));
    clock.advance(0);
    await until(() => batches.length >= 2);
    expect(batches).toHaveLength(2);
    expect(batches[1]?.publishes).toHaveLength(50);
  });

  it('never tells of an interest that was withdrawn in the same turn', async () => {
    const { held, batches, clock } = await setUp();
    await until(() => held.state === 'open');
    const interest = { cache: 'c', topic: 't', page: 0, nextSequence: 0 };
    held.interest({ ...interest, feed: 1 });
    held.interest({ ...interest, feed: 2 });
    held.withdraw(1);
    clock.advance(0);
    await until(() => batches.length >= 2);
    expect(batches[1]?.interests.map(({ feed }) => feed)).toEqual([2]);
    expect(batches[1]?.withdrawals).toEqual([]);
  });

  it('gives up a peer that is silent for 0.9 s and opens anew', async () => {
    const { held, told, clock, peers } = await setUp();
    await until(() => held.state === 'open');
    for (let ms = 0; ms < 1_000; ms += 100) clock.advance(100);
    expect(held.state).not.toBe('open');
    expect(told).toContain('broke');
    clock.advance(routerBounds.linkRetryMsMax);
    await until(() => peers.length === 2 && held.state === 'open');
  });

  it('keeps a peer that says nothing but heartbeats, and sends its own', async () => {
    const { held, told, clock, peers, batches } = await setUp();
    await until(() => held.state === 'open');
    for (let beat = 0; beat < 20; beat++) {
      const heard = told.length;
      peers[0]?.write(nothing);
      await until(() => told.length > heard);
      clock.advance(100);
    }
    expect(held.state).toBe('open');
    await until(() => batches.length >= 8);
  });

  it('comes back when the storage node ends it, and reports the break once', async () => {
    const { held, told, clock, peers } = await setUp();
    await until(() => held.state === 'open');
    peers[0]?.end();
    await until(() => held.state === 'waiting');
    clock.advance(routerBounds.linkRetryMsMax);
    await until(() => held.state === 'open');
    expect(told.filter((what) => what === 'broke')).toHaveLength(1);
  });

  it('reports no break of a stream that never opened', async () => {
    const { held, told, clock } = await setUp(false);
    for (let ms = 0; ms < 1_000; ms += 100) clock.advance(100);
    expect(held.state).not.toBe('open');
    expect(told).toEqual([]);
  });

  it('leaves no timer behind when it is closed', async () => {
    const { held, clock } = await setUp();
    await until(() => held.state === 'open');
    held.close();
    expect(clock.pending).toBe(0);
  });
});
