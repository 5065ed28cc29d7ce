import { afterEach, describe, expect, it } from 'vitest';
import { link, topo } from '../proto/index.ts';
import { PlayedCluster } from './testing/index.ts';

const { PREPARE, COMMIT } = topo.MovePhase;
const clusters: PlayedCluster[] = [];
afterEach(() => {
  for (const cluster of clusters.splice(0)) cluster.close();
});

/** Everything is a's; `prepared` and `committed` move all of it to b, `over` has b alone. */
async function setUp(until: 'alone' | 'prepared' | 'committed' = 'committed') {
  const cluster = new PlayedCluster();
  clusters.push(cluster);
  const { a, b, c } = cluster.nodes;
  const both = { storage: [a, b], ring: [a] };
  const alone = cluster.topology(1, both);
  const prepared = cluster.topology(2, { ...both, move: { phase: PREPARE, ring: [b] } });
  const committed = cluster.topology(3, { ...both, move: { phase: COMMIT, ring: [b] } });
  const over = cluster.topology(4, { storage: [b], ring: [b] });
  await cluster.push(alone);
  if (until !== 'alone') await cluster.push(prepared);
  if (until === 'committed') await cluster.push(committed);
  return { cluster, a, b, c, alone, prepared, committed, over };
}

describe('a publish while its topic moves', () => {
  it('goes to the heir as soon as the source says MOVED, and gets the next number', async () => {
    const { cluster, a, b } = await setUp();
    const first = cluster.publish('t', 'one');
    await cluster.settle();
    a.passOn(['t'], 'b', cluster.stream(a));
    const second = cluster.publish('t', 'two');
    await cluster.settle();
    const { page } = (await first) as { page: number };
    expect(await second).toMatchObject({ page, sequence: 2 });
    expect([a.unanswered, b.texts('t').length]).toEqual([0, 2]);
  });

  it('is sent to the heir first once the source has said that it passed the topic on', async () => {
    const { cluster, a, b } = await setUp();
    void cluster.publish('t', 'one');
    await cluster.settle();
    a.passOn(['t'], 'b', cluster.stream(a));
    void cluster.publish('t', 'two');
    await cluster.settle();
    void cluster.publish('t', 'three');
    await cluster.turn();
    expect(cluster.stream(a).waiting.up).toBe(0);
    expect(cluster.stream(b).waiting.up).toBe(1);
  });

  it('never goes to the heir before the source has said so', async () => {
    const { cluster, a, b } = await setUp();
    void cluster.publish('t', 'one');
    await cluster.turn();
    expect(cluster.stream(a).waiting.up).toBe(1);
    expect(cluster.stream(b).waiting.up).toBe(0);
  });

  it('waits where the source has the version and this router has not', async () => {
    const { cluster, a, b, committed } = await setUp('prepared');
    void cluster.publish('t', 'one');
    await cluster.settle();
    for (const node of [a, b]) node.offer(committed);
    a.passOn(['t'], 'b', cluster.stream(a));
    const result = cluster.publish('t', 'two');
    await cluster.settle();
    expect(b.texts('t')).toHaveLength(1);
    cluster.router.topology.offer(committed);
    await cluster.settle();
    expect(await result).toMatchObject({ sequence: 2 });
  });

  it('waits for a heir that has not heard of the move, and goes there when it has', async () => {
    const { cluster, a, b, committed } = await setUp('prepared');
    void cluster.publish('t', 'one');
    await cluster.settle();
    a.offer(committed);
    cluster.router.topology.offer(committed);
    await cluster.settle();
    a.passOn(['t'], 'b', cluster.stream(a));
    const result = cluster.publish('t', 'two');
    await cluster.settle();
    expect(a.unanswered).toBe(1);
    b.offer(committed);
    await cluster.settle();
    a.passOnAgain(cluster.stream(a));
    await cluster.settle();
    expect(await result).toMatchObject({ sequence: 2 });
  });

  it('that reached the heir is never sent again when that link breaks', async () => {
    const { cluster, a, b } = await setUp();
    a.passOn([], 'b', cluster.stream(a), true);
    void cluster.publish('t', 'one');
    await cluster.settle();
    a.passOn(['t'], 'b', cluster.stream(a));
    await cluster.settle();
    const result = cluster.publish('t', 'two');
    await cluster.turn();
    cluster.stream(a).letUp();
    cluster.stream(a).letDown();
    await cluster.turn();
    cluster.stream(b).letUp();
    cluster.stream(b).cut();
    expect(await result).toMatchObject({ refused: 'unavailable' });
    cluster.clock.advance(1_000);
    await cluster.settle();
    expect(b.texts('t')).toHaveLength(2);
  });

  it('asks the source first again in the next version, whoever had the topic before', async () => {
    const { cluster, a, c } = await setUp();
    void cluster.publish('t', 'one');
    await cluster.settle();
    a.passOn(['t'], 'b', cluster.stream(a));
    void cluster.publish('t', 'two');
    await cluster.settle();
    // The target is lost: what went there is lost with it, and c is asked when a has said so.
    const again = cluster.topology(4, {
      storage: [a, c],
      ring: [a],
      move: { phase: COMMIT, ring: [c] },
    });
    await cluster.push(again);
    const result = cluster.publish('t', 'three');
    await cluster.turn();
    expect([cluster.stream(a), cluster.stream(c)].map(({ waiting }) => waiting.up)).toEqual([1, 0]);
    a.passOn([], 'c', cluster.stream(a), true);
    await cluster.settle();
    expect(await result).toMatchObject({ page: 104, sequence: 1 });
  });
});

describe('a feed while its topic moves', () => {
  async function live() {
    const world = await setUp();
    const { cluster } = world;
    const client = cluster.subscribe('t');
    await cluster.settle();
    void cluster.publish('t', 'one');
    await cluster.settle();
    return { ...world, client };
  }

  it('goes on at the heir right where it stood, and nobody notices', async () => {
    const { cluster, a, b, client } = await live();
    a.passOn(['t'], 'b', cluster.stream(a));
    void cluster.publish('t', 'two');
    await cluster.settle();
    void cluster.publish('t', 'three');
    await cluster.settle();
    expect(client.texts).toEqual(['one', 'two', 'three']);
    expect(client.notices).toEqual(['heartbeat']);
    expect(b.topics.get('t')?.feeds.size).toBe(1);
    expect(cluster.router.hub.feeds.moved).toBe(1);
  });

  it('has all of the source before the first item of the heir, however late it comes', async () => {
    const { cluster, a, b, client } = await live();
    void cluster.publish('t', 'two');
    await cluster.turn();
    cluster.stream(a).letUp();
    // The topic moves and goes on at the heir; this router has heard nothing yet, and carries the handoff itself.
    a.passOn(['t'], 'b', cluster.stream(a));
    expect(client.texts).toEqual(['one']);
    while (cluster.stream(a).waiting.down > 1) cluster.stream(a).letDown();
    expect(client.texts).toEqual(['one', 'two']);
    cluster.stream(a).letDown();
    await cluster.turn();
    cluster.stream(b).letUp();
    expect(b.publishElsewhere('t', 'three')).toBe(true);
    await cluster.settle();
    void cluster.publish('t', 'four');
    await cluster.settle();
    expect(client.texts).toEqual(['one', 'two', 'three', 'four']);
    expect(client.notices).toEqual(['heartbeat']);
  });

  it('lacks nothing of what the heir took before this router came to it', async () => {
    const { cluster, a, b, client } = await live();
    a.passOn(['t'], 'b', cluster.stream(a));
    const stream = cluster.stream(b);
    cluster.stream(a).letDown();
    // The handoff came another way, sooner than the interest.
    const late: (() => void)[] = [];
    const arrived = stream.onArrived;
    stream.onArrived = (batch) => {
      arrived({ ...batch, interests: [] });
      late.push(() => arrived({ ...batch, handoffs: [] }));
    };
    await cluster.turn();
    stream.letUp();
    expect(b.publishElsewhere('t', 'two')).toBe(true);
    stream.onArrived = arrived;
    for (const come of late) come();
    await cluster.settle();
    expect(client.texts).toEqual(['one', 'two']);
    expect(client.notices).toEqual(['heartbeat']);
  });

  it('waits where the source has the version and this router has not', async () => {
    const { cluster, a, b, committed } = await setUp('prepared');
    const client = cluster.subscribe('t');
    await cluster.settle();
    void cluster.publish('t', 'one');
    await cluster.settle();
    for (const node of [a, b]) node.offer(committed);
    a.passOn(['t'], 'b', cluster.stream(a));
    await cluster.settle();
    void cluster.publish('t', 'two');
    await cluster.settle();
    expect(client.texts).toEqual(['one']);
    cluster.router.topology.offer(committed);
    await cluster.settle();
    expect(client.texts).toEqual(['one', 'two']);
    expect(client.notices).toEqual(['heartbeat']);
  });

  it('stays at source and heir when a topology comes that names both', async () => {
    const { cluster, a, b } = await live();
    const moved = cluster.subscribe('u');
    await cluster.settle();
    a.passOn(['u'], 'b', cluster.stream(a));
    await cluster.settle();
    expect(moved.notices).toEqual(['heartbeat']);
    const move = { phase: COMMIT, ring: [b] };
    cluster.router.topology.offer(cluster.topology(4, { storage: [a, b], ring: [a], move }));
    await cluster.turn();
    expect([cluster.stream(a).waiting.up, cluster.stream(b).waiting.up]).toEqual([0, 0]);
  });

  it('leaves a heir that is no heir any more', async () => {
    const { cluster, a, c, client } = await live();
    a.passOn(['t'], 'b', cluster.stream(a));
    await cluster.settle();
    const move = { phase: COMMIT, ring: [c] };
    const { nodes } = cluster;
    await cluster.push(cluster.topology(4, { storage: [a, nodes.b, c], ring: [a], move }));
    a.passOn([], 'c', cluster.stream(a), true);
    await cluster.settle();
    void cluster.publish('t', 'new page');
    await cluster.settle();
    expect(client.texts).toEqual(['one', 'new page']);
    expect(client.notices).toEqual(['heartbeat', [1, 0]]);
    expect(nodes.b.topics.get('t')?.feeds.size ?? 0).toBe(0);
  });

  it('goes on where it was when the link to the heir breaks', async () => {
    const { cluster, a, b, client } = await live();
    a.passOn(['t'], 'b', cluster.stream(a));
    await cluster.settle();
    cluster.stream(b).cut();
    void cluster.publish('t', 'two');
    await cluster.settle();
    cluster.clock.advance(1_000);
    await cluster.settle();
    expect(client.texts).toEqual(['one', 'two']);
    expect(client.notices).toEqual(['heartbeat']);
  });

  it('that is given up on the way is wanted by nobody', async () => {
    const { cluster, a, b, client } = await live();
    a.passOn(['t'], 'b', cluster.stream(a));
    cluster.stream(a).letDown();
    await cluster.turn();
    client.leave();
    cluster.clock.advance(10_000);
    await cluster.settle();
    expect(b.topics.get('t')?.feeds.size).toBe(0);
    expect(cluster.router.hub.feeds.count).toBe(0);
  });
});

describe('a subscription that settles while its topic moves', () => {
  it('gets its replay from the heir when the source has sealed before it answered', async () => {
    const { cluster, a } = await setUp();
    for (const text of ['one', 'two', 'three']) void cluster.publish('t', text);
    const other = cluster.subscribe('t', { from: 'sequence', sequence: 1, page: 0 });
    await cluster.settle();
    expect(other.texts).toEqual(['one', 'two', 'three']);
    const client = cluster.subscribe('t', { from: 'sequence', sequence: 2, page: 0 });
    await cluster.turn();
    a.passOn(['t'], 'b', cluster.stream(a));
    void cluster.publish('t', 'four');
    await cluster.settle();
    expect(client.texts).toEqual(['two', 'three', 'four']);
    expect(client.notices).toEqual(['heartbeat']);
  });

  it('does not wait for the source’s answer when the heir is there before it', async () => {
    const { cluster, a, b } = await setUp();
    for (const text of ['one', 'two', 'three']) void cluster.publish('t', text);
    cluster.subscribe('t');
    await cluster.settle();
    const client = cluster.subscribe('t', { from: 'sequence', sequence: 2, page: 0 });
    await cluster.turn();
    a.passOn(['t'], 'b', cluster.stream(a));
    cluster.stream(a).letDown();
    for (let n = 0; n < 5; n++) {
      await cluster.turn();
      cluster.stream(b).letUp();
      cluster.stream(b).letDown();
    }
    expect(client.texts).toEqual(['two', 'three']);
    await cluster.settle();
    expect(client.texts).toEqual(['two', 'three']);
    expect(client.notices).toEqual(['heartbeat']);
  });

  it('starts at the heir when the source never told where the topic stood', async () => {
    const { cluster, a } = await setUp();
    void cluster.publish('t', 'one');
    await cluster.settle();
    a.passOn(['t'], 'b', cluster.stream(a));
    const client = cluster.subscribe('t', { from: 'sequence', sequence: 1, page: 0 });
    await cluster.settle();
    void cluster.publish('t', 'two');
    await cluster.settle();
    expect(client.texts).toEqual(['one', 'two']);
    expect(client.notices).toEqual(['heartbeat']);
  });
});

describe('a storage node that leaves', () => {
  it('still answers what it was sent, and keeps its link until then', async () => {
    const { cluster, a, b, over } = await setUp();
    a.passOn(['t'], 'b', cluster.stream(a), true);
    await cluster.settle();
    const result = cluster.publish('t', 'late');
    await cluster.turn();
    const left = cluster.stream(a);
    left.letUp();
    cluster.router.topology.offer(over);
    b.offer(over);
    expect(cluster.router.links.openCount).toBe(1);
    cluster.clock.advance(100);
    expect(left.isOver).toBe(false);
    left.letDown();
    await cluster.settle();
    expect(await result).toMatchObject({ sequence: 1 });
    cluster.clock.advance(100);
    expect(left.isOver).toBe(true);
    expect(cluster.router.links.lingeringCount).toBe(0);
  });

  it('gets nothing new, and feeds leave it at once', async () => {
    const { cluster, a, b, over } = await setUp();
    const client = cluster.subscribe('t');
    await cluster.settle();
    a.passOn(['t'], 'b', cluster.stream(a), true);
    // This router hears that the move is over before it hears that the topic moved.
    const left = cluster.stream(a);
    expect(left.waiting.down).toBe(1);
    b.offer(over);
    cluster.router.topology.offer(over);
    await cluster.turn();
    void cluster.publish('t', 'one');
    await cluster.turn();
    const arrived: number[] = [];
    left.onArrived = (batch) =>
      arrived.push(batch.publishes.length, batch.interests.length, batch.withdrawals.length);
    while (left.waiting.up > 0) left.letUp();
    expect(arrived).toEqual([0, 0, 1]);
    left.letDown();
    await cluster.settle();
    void cluster.publish('t', 'two');
    await cluster.settle();
    expect(client.texts.at(-1)).toBe('two');
  });

  it('is given up with what it did not answer in time', async () => {
    const { cluster, a, over } = await setUp();
    const result = cluster.publish('t', 'lost');
    await cluster.turn();
    const left = cluster.stream(a);
    left.letUp();
    cluster.router.topology.offer(over);
    cluster.clock.advance(4_100);
    expect(left.isOver).toBe(true);
    expect(await result).toMatchObject({ refused: 'unavailable' });
  });

  it('is closed at once when its link was not open', async () => {
    const { cluster, a, over } = await setUp();
    cluster.stream(a).cut();
    cluster.router.topology.offer(over);
    cluster.clock.advance(10_000);
    expect(a.streams.size).toBe(0);
  });
});

describe('a handoff whose target is lost on the way', () => {
  it('is given back to its source at once', async () => {
    const { cluster, a, b } = await setUp();
    void cluster.publish('t', 'one');
    await cluster.settle();
    a.passOn(['t'], 'b', cluster.stream(a));
    cluster.stream(a).letDown();
    await cluster.turn();
    const said: number[] = [];
    const { TAKEN, NOT_YET } = link.HandoffOutcome;
    const source = cluster.stream(a);
    const arrived = source.onArrived;
    source.onArrived = (batch) => {
      said.push(...batch.handoffResults.map(({ outcome }) => outcome));
      arrived(batch);
    };
    cluster.stream(b).cut();
    await cluster.settle();
    expect([said, a.unanswered]).toEqual([[NOT_YET], 1]);
    cluster.clock.advance(1_000);
    await cluster.settle();
    a.passOnAgain(source);
    await cluster.settle();
    expect([said, a.unanswered]).toEqual([[NOT_YET, TAKEN], 0]);
  });
});

describe('a router that leaves while topics move', () => {
  it('says so of feeds that reach the heir after it has said so', async () => {
    const { cluster, a, b } = await setUp();
    cluster.subscribe('t');
    await cluster.settle();
    cluster.router.leaving();
    await cluster.settle();
    a.passOn(['t'], 'b', cluster.stream(a));
    cluster.stream(a).letDown();
    await cluster.turn();
    const left: boolean[] = [];
    cluster.stream(b).onArrived = (batch) => left.push(batch.leaving && batch.interests.length > 0);
    cluster.stream(b).letUp();
    expect(left).toEqual([true]);
  });
});

describe('what a router counts of moves', () => {
  it('is told to Prometheus', async () => {
    const { cluster, a } = await setUp();
    cluster.subscribe('t');
    await cluster.settle();
    void cluster.publish('t', 'one');
    a.passOn(['t'], 'b', cluster.stream(a));
    a.passOn([], 'nobody', cluster.stream(a));
    await cluster.settle();
    const text = await cluster.registry.metrics();
    const value = (series: string): string | undefined =>
      text
        .split('\n')
        .find((line) => line.startsWith(series))
        ?.split(' ')
        .at(-1);
    expect(value('topicplane_router_moved_feeds_total')).toBe('1');
    expect(value('topicplane_router_moved_publishes_total')).toBe('1');
    expect(value('topicplane_router_handoffs_total{outcome="carried"')).toBe('1');
    expect(value('topicplane_router_handoffs_total{outcome="not_yet"')).toBe('1');
  });
});

describe('a COMMIT that no operator brings', () => {
  it('to the router comes from the source that sealed the topic, and the publish goes on', async () => {
    const { cluster, a, b, committed } = await setUp('prepared');
    void cluster.publish('t', 'one');
    await cluster.settle();
    for (const node of [a, b]) node.offer(committed);
    a.passOn(['t'], 'b', cluster.stream(a));
    const second = cluster.publish('t', 'two');
    await cluster.settle();
    expect(b.texts('t')).toEqual(['one']);
    for (let ms = 0; ms <= 500; ms += 100) {
      cluster.clock.advance(100);
      await cluster.settle();
    }
    expect(await second).toMatchObject({ sequence: 2 });
    expect(cluster.router.topology.version).toEqual(committed.version);
  });

  it('to a storage node comes from the router', async () => {
    const { cluster, a, b, committed } = await setUp('prepared');
    a.offer(committed);
    cluster.router.topology.offer(committed);
    for (let ms = 0; ms <= 500; ms += 100) {
      cluster.clock.advance(100);
      await cluster.settle();
    }
    expect(b.version).toEqual(committed.version);
  });
});
