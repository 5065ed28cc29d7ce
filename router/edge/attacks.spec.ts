import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pubsub } from '../../proto/index.ts';
import type { EdgeConfig } from './config.ts';
import {
  ack,
  type Collected,
  collect,
  endHeaders,
  endStream,
  enhanceYourCalm,
  frameTypes,
  grpcHeaders,
  PubsubClient,
  RawPeer,
  rawFrame,
  rawHttp2Frame,
  subscription,
  type TestEdge,
  testEdge,
  uint32,
} from './testing/index.ts';

const publishPath = pubsub.PubsubService.publish.path;
const subscribePath = pubsub.PubsubService.subscribe.path;

/** Small enough to be reached in no time. */
const tight: Partial<EdgeConfig> = {
  resetsPerSecondMax: 5,
  settingsPerSecondMax: 5,
  pingsPerSecondMax: 5,
  emptyDataPerSecondMax: 5,
  windowUpdatesPerSecondMax: 5,
  prioritiesPerSecondMax: 5,
  unknownFramesPerSecondMax: 5,
};
/** What `tight` allows at once, as nuisances are averaged over 10 s. */
const allowedAtOnce = 50;

let test: TestEdge;
let neighbour: { readonly client: PubsubClient; readonly heard: Collected };

async function begin(config: Partial<EdgeConfig>): Promise<void> {
  test = await testEdge(config);
  const client = new PubsubClient(test.address);
  neighbour = { client, heard: collect(client.subscribe(subscription('orders'))) };
  await neighbour.heard.atLeast(1);
}

beforeEach(() => begin(tight));

/** Whatever was done: the neighbour's stream lives, and items go on arriving on it. */
afterEach(async () => {
  const { client, heard } = neighbour;
  const before = heard.items().length;
  const payload = Buffer.from(`item ${before}`);
  test.service.accept({ cache: 'cache', topic: 'orders', payload, text: true, publisherId: '' });
  await expect.poll(() => heard.items()).toContain(`item ${before}`);
  client.close();
  test.edge.close();
});

async function limitHits(): Promise<Record<string, number>> {
  const metric = test.registry.getSingleMetric('topicplane_edge_limit_hits_total');
  const { values } = (await metric?.get()) ?? { values: [] };
  return Object.fromEntries(values.map(({ labels, value }) => [labels.limit, value]));
}

/** Frames that a client says again and again, for as long as it is let. */
interface Flood {
  readonly limit: string;
  readonly name: string;
  /** What the client says before. */
  readonly prepare?: (peer: RawPeer) => void;
  readonly once: (peer: RawPeer, round: number) => Uint8Array;
}

function subscribeRequest(): Buffer {
  return rawFrame(pubsub.SubscriptionRequest.encode(subscription('orders')).finish());
}

function openStream(peer: RawPeer, stream: number): Buffer {
  const block = peer.block(grpcHeaders(subscribePath));
  return rawHttp2Frame(frameTypes.headers, endHeaders, stream, block);
}

const cancel = uint32(8);

const floods: readonly Flood[] = [
  {
    limit: 'resets',
    name: 'requests that are given up at once (rapid reset)',
    once: (peer, round) =>
      Buffer.concat([
        openStream(peer, 2 * round + 1),
        rawHttp2Frame(frameTypes.rstStream, 0, 2 * round + 1, cancel),
      ]),
  },
  {
    limit: 'resets',
    name: 'requests that the server has to give up (MadeYouReset)',
    once: (peer, round) => {
      const block = peer.block({ ...grpcHeaders(subscribePath), 'content-length': 5 });
      return Buffer.concat([
        rawHttp2Frame(frameTypes.headers, endHeaders, 2 * round + 1, block),
        rawHttp2Frame(frameTypes.data, endStream, 2 * round + 1, Buffer.alloc(1)),
      ]);
    },
  },
  {
    limit: 'resets',
    name: 'malformed requests',
    once: (peer, round) => {
      const block = peer.block({ ':method': 'GET', ':path': '/' });
      return rawHttp2Frame(frameTypes.headers, endHeaders | endStream, 2 * round + 1, block);
    },
  },
  {
    limit: 'settings',
    name: 'SETTINGS',
    once: () => rawHttp2Frame(frameTypes.settings, 0, 0),
  },
  {
    limit: 'settings',
    name: 'acknowledgements of SETTINGS',
    once: () => rawHttp2Frame(frameTypes.settings, ack, 0),
  },
  {
    limit: 'pings',
    name: 'PING',
    once: () => rawHttp2Frame(frameTypes.ping, 0, 0, Buffer.alloc(8)),
  },
  {
    limit: 'pings',
    name: 'answers to PINGs that nobody sent',
    once: () => rawHttp2Frame(frameTypes.ping, ack, 0, Buffer.alloc(8)),
  },
  {
    limit: 'empty-data',
    name: 'DATA without data',
    prepare: (peer) => peer.request(1, grpcHeaders(publishPath)),
    once: () => rawHttp2Frame(frameTypes.data, 0, 1),
  },
  {
    limit: 'empty-data',
    name: 'DATA that is nothing but padding',
    prepare: (peer) => peer.request(1, grpcHeaders(publishPath)),
    once: () =>
      rawHttp2Frame(frameTypes.data, 8, 1, Buffer.concat([Buffer.of(20), Buffer.alloc(20)])),
  },
  {
    limit: 'window-updates',
    name: 'WINDOW_UPDATE of the connection',
    once: () => rawHttp2Frame(frameTypes.windowUpdate, 0, 0, uint32(1)),
  },
  {
    limit: 'window-updates',
    name: 'WINDOW_UPDATE of a stream',
    prepare: (peer) => peer.request(1, grpcHeaders(publishPath)),
    once: () => rawHttp2Frame(frameTypes.windowUpdate, 0, 1, uint32(1)),
  },
  {
    limit: 'priorities',
    name: 'PRIORITY',
    once: () => rawHttp2Frame(frameTypes.priority, 0, 1, Buffer.of(0, 0, 0, 3, 1)),
  },
  {
    limit: 'unknown-frames',
    name: 'frames of types that nobody knows',
    once: (_, round) => rawHttp2Frame(0x20 + (round % 200), 0xff, round, Buffer.alloc(5)),
  },
  {
    limit: 'unknown-frames',
    name: 'GOAWAY',
    prepare: (peer) => peer.request(1, grpcHeaders(publishPath)),
    once: () => rawHttp2Frame(frameTypes.goaway, 0, 0, Buffer.alloc(8)),
  },
];

describe.each(floods)('a flood of $name', ({ limit, prepare, once }) => {
  it('ends its connection, with the reason, and disturbs nobody', async () => {
    const peer = await RawPeer.open(test.port);
    prepare?.(peer);
    for (let round = 0; round <= 2 * allowedAtOnce && !peer.isClosed; round += 1) {
      peer.send(once(peer, round));
    }
    await peer.closed;
    expect(peer.goawayCode).toBe(enhanceYourCalm);
    expect(await limitHits()).toEqual({ [limit]: 1 });
    await expect.poll(() => test.edge.connections()).toBe(1);
  });

  it('is none as long as it is within the bound', async () => {
    const peer = await RawPeer.open(test.port);
    prepare?.(peer);
    // SETTINGS were said once before, and acknowledged.
    for (let round = 0; round < allowedAtOnce - 2; round += 1) peer.send(once(peer, round));
    peer.send(rawHttp2Frame(frameTypes.ping, 0, 0, Buffer.from('the last')));
    await peer.frame(({ payload }) => payload.toString() === 'the last');
    expect(peer.isClosed).toBe(false);
    expect(await limitHits()).toEqual({});
    peer.close();
  });
});

describe('headers', () => {
  const name = (block: Uint8Array, length: number) => block.subarray(0, length);

  it('in more frames than allowed end the connection, however small they are', async () => {
    const peer = await RawPeer.open(test.port);
    const block = peer.block(grpcHeaders(publishPath));
    peer.send(rawHttp2Frame(frameTypes.headers, 0, 1, name(block, 1)));
    for (let sent = 0; sent < 1_000 && !peer.isClosed; sent += 1) {
      peer.send(rawHttp2Frame(frameTypes.continuation, 0, 1));
    }
    await peer.closed;
    expect(peer.goawayCode).toBe(enhanceYourCalm);
    expect(await limitHits()).toEqual({ continuations: 1 });
  });

  it('with more bytes than allowed end the connection before they are complete', async () => {
    const peer = await RawPeer.open(test.port);
    const part = Buffer.alloc(16_000);
    peer.send(rawHttp2Frame(frameTypes.headers, 0, 1, part));
    for (let sent = 0; sent < 3; sent += 1) {
      peer.send(rawHttp2Frame(frameTypes.continuation, 0, 1, part));
    }
    await peer.closed;
    expect(peer.goawayCode).toBe(enhanceYourCalm);
    expect(await limitHits()).toEqual({ 'header-block': 1 });
  });

  it('that become more than allowed when they are decoded refuse their request alone', async () => {
    const peer = await RawPeer.open(test.port);
    // A field of 4,000 bytes that goes into the table, and then an octet for each time it is to be repeated.
    const field = Buffer.concat([Buffer.from('4001617fa11e', 'hex'), Buffer.alloc(4000, 'x')]);
    const bomb = Buffer.concat([
      peer.block(grpcHeaders(publishPath)),
      field,
      Buffer.alloc(9_000, 0xbe),
    ]);
    peer.send(rawHttp2Frame(frameTypes.headers, endHeaders | endStream, 1, bomb));
    const reset = await peer.frame(({ stream }) => stream === 1);
    expect([reset.type, reset.payload.readUInt32BE(0)]).toEqual([
      frameTypes.rstStream,
      enhanceYourCalm,
    ]);
    expect(await limitHits()).toEqual({ 'header-list': 1 });
    peer.close();
  });

  it('that trickle end the connection', async () => {
    test.edge.close();
    neighbour.client.close();
    await begin({ headersMsMax: 100, sweepMs: 10 });
    const peer = await RawPeer.open(test.port);
    const block = peer.block(grpcHeaders(publishPath));
    peer.send(rawHttp2Frame(frameTypes.headers, 0, 1, block.subarray(0, 1)));
    await peer.closed;
    expect(peer.goawayCode).toBe(enhanceYourCalm);
    expect(await limitHits()).toEqual({ 'slow-headers': 1 });
  });
});

describe('streams', () => {
  it('over the bound are refused as not processed, and the others go on', async () => {
    test.edge.close();
    neighbour.client.close();
    await begin({ exchangesPerConnectionMax: 3 });
    const peer = await RawPeer.open(test.port);
    for (const stream of [1, 3, 5, 7]) {
      peer.request(stream, grpcHeaders(subscribePath));
      peer.send(rawHttp2Frame(frameTypes.data, endStream, stream, subscribeRequest()));
    }
    const refused = await peer.frame(({ type }) => type === frameTypes.rstStream);
    expect([refused.stream, refused.payload.readUInt32BE(0)]).toEqual([7, 7]);
    await peer.frame(({ type, stream }) => type === frameTypes.data && stream === 5);
    expect(await limitHits()).toEqual({ streams: 1 });
    expect(test.service.open).toHaveLength(4);
    peer.close();
  });

  it('whose window stays closed are reset', async () => {
    test.edge.close();
    neighbour.client.close();
    await begin({ stalledMsMax: 100, sweepMs: 10 });
    const peer = await RawPeer.open(test.port, [[4, 0]]);
    peer.request(1, grpcHeaders(subscribePath));
    peer.send(rawHttp2Frame(frameTypes.data, endStream, 1, subscribeRequest()));
    const reset = await peer.frame(({ type }) => type === frameTypes.rstStream);
    expect([reset.stream, reset.payload.readUInt32BE(0)]).toEqual([1, enhanceYourCalm]);
    expect(await limitHits()).toEqual({ 'stalled-stream': 1 });
    await expect.poll(() => test.service.open).toHaveLength(1);
    peer.close();
  });

  it('that all wait for the window of their connection end it', async () => {
    test.edge.close();
    neighbour.client.close();
    await begin({ stalledMsMax: 100, sweepMs: 10 });
    const peer = await RawPeer.open(test.port, [[4, 0x7fff_ffff]]);
    peer.request(1, grpcHeaders(subscribePath));
    peer.send(rawHttp2Frame(frameTypes.data, endStream, 1, subscribeRequest()));
    await peer.frame(({ type }) => type === frameTypes.data);
    const payload = Buffer.alloc(100_000, 'x');
    test.service.accept({ cache: 'cache', topic: 'orders', payload, text: true, publisherId: '' });
    await peer.closed;
    expect(peer.goawayCode).toBe(enhanceYourCalm);
    expect(await limitHits()).toEqual({ 'stalled-connection': 1 });
  });
});

describe('a connection', () => {
  it('without a call is ended in peace after a while', async () => {
    test.edge.close();
    neighbour.client.close();
    await begin({ idleMsMax: 100, sweepMs: 10, goawayMsMax: 50 });
    const peer = await RawPeer.open(test.port);
    await peer.closed;
    expect(peer.goawayCode).toBe(0);
    expect(await limitHits()).toEqual({ idle: 1 });
  });

  it('with the most bytes that nobody reads is ended when all together have too many', async () => {
    test.edge.close();
    neighbour.client.close();
    await begin({ unreadBytesMax: 200_000, sweepMs: 10 });
    const peers = await Promise.all([1, 2].map(() => RawPeer.open(test.port, [[4, 0]])));
    for (const peer of peers) {
      peer.request(1, grpcHeaders(subscribePath));
      const request = { ...subscription('unread') };
      const body = rawFrame(pubsub.SubscriptionRequest.encode(request).finish());
      peer.send(rawHttp2Frame(frameTypes.data, endStream, 1, body));
    }
    await expect.poll(() => test.service.open).toHaveLength(3);
    const [first, second] = test.service.subscriptions.slice(1);
    const item = (bytes: number): pubsub.SubscriptionItem => ({
      kind: {
        $case: 'item',
        value: {
          topicSequenceNumber: 1,
          value: { kind: { $case: 'binary', value: Buffer.alloc(bytes) } },
          publisherId: '',
          sequencePage: 1,
        },
      },
    });
    first?.write(item(150_000));
    second?.write(item(100_000));
    await expect.poll(async () => await limitHits()).toEqual({ unread: 1 });
    await Promise.race(peers.map((peer) => peer.closed));
    await expect.poll(() => test.service.open).toHaveLength(2);
    for (const peer of peers) peer.close();
  });
});

describe('an honest client', () => {
  it('may give both windows back for every item', async () => {
    const peer = await RawPeer.open(test.port);
    peer.send(
      openStream(peer, 1),
      rawHttp2Frame(frameTypes.data, endStream, 1, subscribeRequest()),
    );
    const item = { cache: 'cache', topic: 'orders', text: true, publisherId: '' };
    const items = () => peer.frames.filter(({ type }) => type === frameTypes.data).length;
    await expect.poll(items).toBe(1);
    for (let sent = 1; sent <= 3 * allowedAtOnce; sent += 1) {
      test.service.accept({ ...item, payload: Buffer.from('x') });
      await expect.poll(items, { interval: 1 }).toBe(sent + 1);
      for (const stream of [0, 1]) {
        peer.send(rawHttp2Frame(frameTypes.windowUpdate, 0, stream, uint32(20)));
      }
    }
    expect(peer.isClosed).toBe(false);
    expect(await limitHits()).toEqual({});
    peer.close();
  });

  it('may give up thousands of streams at once, again and again', async () => {
    test.edge.close();
    neighbour.client.close();
    await begin({});
    const peer = await RawPeer.open(test.port);
    let next = 1;
    for (let round = 0; round < 5; round += 1) {
      const streams = Array.from({ length: 1_000 }, (_, at) => next + 2 * at);
      next += 2_000;
      for (const stream of streams) {
        peer.send(
          openStream(peer, stream),
          rawHttp2Frame(frameTypes.data, endStream, stream, subscribeRequest()),
        );
      }
      await peer.frame(({ type, stream }) => type === frameTypes.data && stream === next - 2);
      for (const stream of streams)
        peer.send(rawHttp2Frame(frameTypes.rstStream, 0, stream, cancel));
      await expect.poll(() => test.edge.subscriptions()).toBe(1);
    }
    expect(peer.isClosed).toBe(false);
    expect(await limitHits()).toEqual({});
    peer.close();
  });
});
