import { afterEach, describe, expect, it } from 'vitest';
import { topo } from '../proto/index.ts';
import { createRegistry, ManualClock, silentLogger } from '../runtime/index.ts';
import { routerBounds } from './config.ts';
import { Router } from './router.ts';
import { isRefusal, type PublishRequest, type Refusal, type Sink } from './service.ts';
import { PlayedCluster, published } from './testing/index.ts';

const cluster = 'default/demo/0b5c1d0e-0000-4000-8000-000000000001';
const routers: Router[] = [];
afterEach(() => {
  for (const router of routers.splice(0)) router.close();
});

function setUp() {
  const clock = new ManualClock();
  const router = new Router({
    identity: { cluster, router: 'router-0', incarnation: 'aaaa' },
    bounds: routerBounds,
    clock,
    log: silentLogger,
    registry: createRegistry('router', 'router-0'),
  });
  routers.push(router);
  return { router, clock };
}

function topologyOf(epoch: number, change: Partial<topo.Topology> = {}): topo.Topology {
  return {
    cluster,
    version: { term: 1, epoch },
    pageOrigin: 1_000,
    ringEpoch: 0,
    previousRingEpoch: 0,
    caches: [{ name: 'c', publishesPerSecondMax: 0, subscriptionsMax: 0 }],
    // Port 1 on loopback: nothing answers, and no link opens.
    storage: [{ name: 'storage-0', address: '127.0.0.1:1', incarnation: 'bbbb' }],
    ring: ['storage-0'],
    move: undefined,
    settings: {
      messageBytesMax: 100,
      history: { itemsMax: 256, bytesMax: 1 << 20, ageMsMax: 120_000, idleMsMax: 600_000 },
      heartbeatMs: 5_000,
      resumeZero: topo.ResumeZero.NOTHING,
      routerCapacity: undefined,
      storageCapacity: undefined,
    },
    ...change,
  };
}

const publish = (change: Partial<PublishRequest> = {}): PublishRequest => ({
  cache: 'c',
  topic: 't',
  payload: new Uint8Array(10),
  text: false,
  publisherId: '',
  ...change,
});

class Client implements Sink {
  ended: Refusal | undefined;
  write(): boolean {
    return true;
  }
  end(refusal: Refusal | undefined): void {
    this.ended = refusal;
  }
}

const name = { cache: 'c', topic: 't' };

describe('a router', () => {
  it('serves nobody and is not ready before it has a topology', async () => {
    const { router } = setUp();
    expect(router.notReadyBecause()).toMatch(/no topology/);
    expect(await published(router, publish())).toMatchObject({ refused: 'unavailable' });
    expect(router.subscribe(name, { from: 'now' }, new Client())).toMatchObject({
      refused: 'unavailable',
    });
  });

  it('is not ready before it has a link to every owner', () => {
    const { router } = setUp();
    router.topology.offer(topologyOf(1));
    expect(router.notReadyBecause()).toMatch(/storage-0/);
  });

  it('refuses unknown caches and payloads over the limit, whatever else is going on', async () => {
    const { router } = setUp();
    router.topology.offer(topologyOf(1));
    expect(await published(router, publish({ cache: 'x' }))).toMatchObject({
      refused: 'cache-not-found',
    });
    expect(router.subscribe({ ...name, cache: 'x' }, { from: 'now' }, new Client())).toMatchObject({
      refused: 'cache-not-found',
    });
    expect(await published(router, publish({ payload: new Uint8Array(101) }))).toMatchObject({
      refused: 'message-too-large',
      message: expect.stringContaining('100'),
    });
  });

  it('keeps each cache to its own limits', async () => {
    const { router, clock } = setUp();
    const caches = [
      { name: 'c', publishesPerSecondMax: 2, subscriptionsMax: 1 },
      { name: 'free', publishesPerSecondMax: 0, subscriptionsMax: 0 },
    ];
    router.topology.offer(topologyOf(1, { caches }));
    void published(router, publish());
    void published(router, publish());
    expect(await published(router, publish())).toMatchObject({ refused: 'publish-rate' });
    void published(router, publish({ cache: 'free' }));
    clock.advance(1_000);
    const first = router.subscribe(name, { from: 'now' }, new Client());
    if (isRefusal(first)) throw new Error(first.message);
    expect(router.subscribe(name, { from: 'now' }, new Client())).toMatchObject({
      refused: 'subscription-count',
    });
    first.close();
    expect(isRefusal(router.subscribe(name, { from: 'now' }, new Client()))).toBe(false);
  });

  it('ends the subscriptions of a cache that a new topology leaves out', () => {
    const { router } = setUp();
    router.topology.offer(topologyOf(1));
    const client = new Client();
    router.subscribe(name, { from: 'now' }, client);
    router.topology.offer(topologyOf(2, { caches: [] }));
    expect(client.ended).toMatchObject({ refused: 'cache-not-found' });
    expect(router.hub.subscriptions).toBe(0);
  });

  it('never goes back to an older topology, and refuses one of another cluster or without storage', () => {
    const { router } = setUp();
    router.topology.offer(topologyOf(5));
    expect(router.topology.offer(topologyOf(4, { caches: [] })).outcome).toBe('stale');
    expect(router.topology.offer(topologyOf(5, { caches: [] })).outcome).toBe('known');
    expect(router.topology.offer(topologyOf(6, { cluster: `${cluster}2` })).outcome).toBe(
      'invalid',
    );
    const empty = router.topology.offer(topologyOf(6, { storage: [], ring: [] }));
    expect(empty).toMatchObject({
      outcome: 'invalid',
      reason: expect.stringMatching(/storage|ring/),
    });
    expect(router.caches()).toHaveLength(1);
    expect(router.topology.version).toEqual({ term: 1, epoch: 5 });
  });

  it('is ready with links to those who own topics or will; not to a source that is lost', () => {
    const cluster = new PlayedCluster();
    const { a, b, c } = cluster.nodes;
    const move = { phase: topo.MovePhase.COMMIT, ring: [b], sources: [a] };
    // The ring and the members name it until the move is over.
    const shape = { storage: [a, b, c], ring: [a, c], move };
    cluster.router.topology.offer(cluster.topology(1, shape));
    expect(cluster.router.unlinked).toEqual(['a', 'b']);
    for (const node of [a, b]) {
      cluster.stream(node).letUp();
      cluster.stream(node).letDown();
    }
    expect(cluster.router.links.missing).toEqual(['c']);
    expect(cluster.router.unlinked).toEqual([]);
    expect(cluster.router.notReadyBecause()).toBeUndefined();
    cluster.close();
  });

  it('is not ready before it has a link to those who will own topics', () => {
    const cluster = new PlayedCluster();
    const { a, b } = cluster.nodes;
    const move = { phase: topo.MovePhase.PREPARE, ring: [b] };
    cluster.router.topology.offer(cluster.topology(1, { storage: [a, b], ring: [a], move }));
    cluster.stream(a).letUp();
    cluster.stream(a).letDown();
    expect(cluster.router.notReadyBecause()).toMatch(/to: b$/);
    cluster.close();
  });
});
