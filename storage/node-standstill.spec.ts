import { describe, expect, it } from 'vitest';
import { link } from '../proto/index.ts';
import { ManualClock, silentLogger } from '../runtime/index.ts';
import { StorageNode } from './node.ts';
import type { RouterStream } from './serve/index.ts';
import { bounds, decodeItem, publishOf, self, topology } from './testing/index.ts';

const { ACCEPTED, MOVED } = link.Outcome;
const hello = { cluster: self.cluster, router: 'r-0', incarnation: 'x' };

/** Time goes on without this process. */
class FreezableClock extends ManualClock {
  #awayMs = 0;

  freeze(forMs: number): void {
    this.#awayMs += forMs;
  }

  override monotonicMs(): number {
    return super.monotonicMs() + this.#awayMs;
  }

  override wallMs(): number {
    return super.wallMs() + this.#awayMs;
  }
}

class PlayedStream implements RouterStream {
  readonly peer = 'memory';
  readonly batches: link.StorageBatch[] = [];
  ended = false;
  #take: (batch: link.RouterBatch) => void = () => {};

  write(batch: link.StorageBatch, written: () => void): void {
    this.batches.push(link.StorageBatch.decode(link.StorageBatch.encode(batch).finish()));
    written();
  }

  send(batch: Partial<link.RouterBatch>): void {
    this.#take({ ...link.RouterBatch.decode(new Uint8Array()), ...batch });
  }

  onBatch(take: (batch: link.RouterBatch) => void): void {
    this.#take = take;
  }

  onEnd(): void {}

  end(): void {
    this.ended = true;
  }
}

/** Everything that was said since. */
function said(stream: PlayedStream) {
  const batches = stream.batches.splice(0);
  const feeds = batches.flatMap((batch) => batch.feeds);
  return {
    outcomes: batches.flatMap((batch) => batch.results.map(({ outcome }) => outcome)),
    items: feeds.flatMap(({ items }) => items.map((item) => decodeItem(item).sequence)),
    moved: feeds.filter(({ moved }) => moved).map(({ feed }) => feed),
    starts: feeds.flatMap(({ start }) => (start ? [start.sequence] : [])),
    versions: batches.flatMap(({ version }) => (version ? [version.epoch] : [])),
    replayed: batches.flatMap((batch) => batch.replays.map(({ outcome }) => outcome)),
  };
}

const nothing = { outcomes: [], items: [], moved: [], starts: [], versions: [], replayed: [] };

/** A node and one router's link, with a feed of `t` at which one item has come. */
function start(ticks: 'ticks' | 'no ticks' = 'no ticks') {
  const clock = new FreezableClock();
  const node = new StorageNode({ self, bounds: bounds(), clock, log: silentLogger });
  node.offer(topology({ epoch: 3 }));
  if (ticks === 'ticks') node.start();
  const stream = new PlayedStream();
  node.accept(stream);
  const interest = (feed: number, nextSequence: number, page = 0) => {
    stream.send({ interests: [{ feed, cache: 'c', topic: 't', page, nextSequence }] });
  };
  stream.send({ hello });
  interest(1, 0);
  stream.send({ publishes: [publishOf(1)] });
  clock.advance(1);
  expect(said(stream)).toMatchObject({ outcomes: [ACCEPTED], items: [1] });
  return { clock, node, stream, interest };
}

const frozenMs = bounds().standstillMsMin;

describe('a storage node that stood still', () => {
  it('takes nothing from a router that did too, and ends its feeds', () => {
    const { clock, stream, interest } = start();
    clock.freeze(frozenMs);
    stream.send({ publishes: [publishOf(2)] });
    interest(2, 0);
    const replay = { request: 1, cache: 'c', topic: 't', page: 0, fromSequence: 1 };
    stream.send({ replays: [replay] });
    clock.advance(1);
    expect(said(stream)).toEqual({
      ...nothing,
      outcomes: [MOVED],
      moved: [1, 2],
      replayed: [MOVED],
    });
  });

  it('gives out nothing that was collected before', () => {
    const { clock, stream } = start();
    stream.send({ publishes: [publishOf(2)] });
    clock.freeze(frozenMs);
    clock.advance(1);
    expect(said(stream)).toMatchObject({ outcomes: [ACCEPTED], items: [], moved: [1] });
  });

  it('sees it by its own timer when nothing comes from anywhere', () => {
    const { clock, node, stream } = start('ticks');
    clock.freeze(frozenMs);
    clock.advance(bounds().linkHeartbeatMs);
    expect(node.standstill).toBeGreaterThan(0);
    expect(said(stream).moved).toEqual([1]);
  });

  it('keeps its topics, and has routers ask again when it is confirmed', () => {
    const { clock, node, stream, interest } = start();
    const page = node.topics.publish(publishOf(2), 0).page;
    clock.freeze(frozenMs);
    node.notice();
    clock.advance(1);
    expect(said(stream).moved).toEqual([1]);
    node.confirm(node.standstill);
    clock.advance(1);
    expect(said(stream)).toEqual({ ...nothing, versions: [3] });
    interest(2, 2, page);
    stream.send({ publishes: [publishOf(3)] });
    clock.advance(1);
    expect(said(stream)).toMatchObject({ outcomes: [ACCEPTED], starts: [2], items: [2, 3] });
  });

  it('takes a topology that a router brings, and is not confirmed by it', () => {
    const { clock, node, stream, interest } = start();
    clock.freeze(frozenMs);
    node.notice();
    stream.send({ topology: topology({ epoch: 4 }) });
    clock.advance(1);
    expect(said(stream)).toMatchObject({ moved: [1], versions: [4] });
    for (const epoch of [4, 5]) {
      stream.send({ topology: topology({ epoch }), publishes: [publishOf(epoch)] });
      interest(epoch, 0);
      clock.advance(1);
      expect(said(stream)).toMatchObject({ outcomes: [MOVED], moved: [epoch], starts: [] });
    }
    expect(node.standstill).toBeGreaterThan(0);
  });

  it('has routers ask again when no operator says a word', () => {
    const { clock, node, stream } = start('ticks');
    clock.freeze(frozenMs);
    clock.advance(bounds().linkHeartbeatMs);
    said(stream);
    for (let ms = 0; ms < bounds().standstillHoldMsMax; ms += 100) {
      stream.send({});
      clock.advance(100);
    }
    expect(node.standstill).toBe(0);
    expect(said(stream).versions).toEqual([3]);
  });
});
