import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topo } from '../proto/index.ts';
import { isRefusal, type Position, type Refusal } from './service.ts';
import { type PlayedClient, PlayedCluster, type PlayedStorage } from './testing/index.ts';

const { PREPARE, COMMIT } = topo.MovePhase;
const topics = ['t', 'u', 'v'];

/** One move from a to b, in the order in which everything happens to happen. */
class Move {
  readonly cluster = new PlayedCluster();
  readonly clients: { readonly topic: string; readonly client: PlayedClient }[] = [];
  readonly published: { topic: string; text: string; outcome: Promise<Position | Refusal> }[] = [];
  readonly #epochs: readonly topo.Topology[];
  /** The index of the next topology of each who takes them. */
  readonly #next = { router: 0, a: 0, b: 0 };
  #saidLast = false;
  #elsewhere = 0;

  constructor() {
    const { cluster } = this;
    const { a, b } = cluster.nodes;
    const both = { storage: [a, b], ring: [a] };
    this.#epochs = [
      cluster.topology(1, { ...both, move: { phase: PREPARE, ring: [b] } }),
      cluster.topology(2, { ...both, move: { phase: COMMIT, ring: [b] } }),
      cluster.topology(3, { storage: [b], ring: [b] }),
    ];
  }

  publish(topic: string): void {
    const text = `item ${this.published.length}`;
    this.published.push({ topic, text, outcome: this.cluster.publish(topic, text) });
  }

  /** Through a router that is everywhere already. */
  publishElsewhere(topic: string): void {
    const { a, b } = this.cluster.nodes;
    this.#elsewhere += 1;
    const text = `elsewhere ${this.#elsewhere}`;
    if (!b.publishElsewhere(topic, text)) a.publishElsewhere(topic, text);
  }

  subscribe(topic: string, all: boolean): void {
    const start = all
      ? { from: 'sequence' as const, sequence: 1, page: 0 }
      : { from: 'now' as const };
    this.clients.push({ topic, client: this.cluster.subscribe(topic, start) });
  }

  /** The next topology, unless somebody else has to be somewhere first. */
  offer(to: 'router' | 'a' | 'b'): void {
    const at = this.#next[to];
    const topology = this.#epochs[at];
    if (!topology) return;
    // The operator commits what everybody has prepared, and finalises what the sources have done.
    if (at === 1 && Object.values(this.#next).some((next) => next < 1)) return;
    if (at === 2 && !(this.#saidLast && this.cluster.nodes.a.unanswered === 0)) return;
    this.#next[to] += 1;
    if (to === 'router') this.cluster.router.topology.offer(topology);
    else this.cluster.nodes[to].offer(topology);
  }

  passOn(names: readonly string[], last: boolean): void {
    const { a } = this.cluster.nodes;
    if (this.#next.a !== 2 || a.streams.size === 0) return;
    // Handoffs overtake each other: `last` goes out when all the others were taken.
    if (last && a.unanswered > 0) return;
    // A source begins no topic after `last`; what it had none of begins at the heir.
    if (last && a.topics.size > 0) return this.passOn([...a.topics.keys()], false);
    if (last) this.#saidLast = true;
    if (last) for (const topic of topics) a.seal(topic);
    a.passOn(names, 'b', this.cluster.stream(a), last);
  }

  passOnAgain(): void {
    const { a } = this.cluster.nodes;
    if (a.streams.size > 0) a.passOnAgain(this.cluster.stream(a));
  }

  cut(node: PlayedStorage): void {
    if (node.streams.size > 0) this.cluster.stream(node).cut();
  }

  let(node: PlayedStorage, way: 'up' | 'down'): void {
    for (const stream of node.streams) {
      if (way === 'up') stream.letUp();
      else stream.letDown();
    }
  }

  /** Nothing stands in the way any more. */
  async finish(): Promise<void> {
    const { clock } = this.cluster;
    for (const to of ['router', 'a', 'b'] as const) this.offer(to);
    for (const to of ['router', 'a', 'b'] as const) this.offer(to);
    clock.advance(600);
    await this.cluster.settle();
    for (let n = 0; n < 5; n++) {
      this.passOnAgain();
      await this.cluster.settle();
      if (!this.#saidLast) this.passOn([], true);
      await this.cluster.settle();
    }
    for (const to of ['b', 'a', 'router'] as const) this.offer(to);
    await this.cluster.settle();
    clock.advance(600);
    await this.cluster.settle();
    clock.advance(5_000);
    await this.cluster.settle();
  }
}

const topic = fc.constantFrom(...topics);
const node = fc.constantFrom('a' as const, 'b' as const);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ publish: topic }) },
  { weight: 4, arbitrary: fc.record({ elsewhere: topic }) },
  { weight: 2, arbitrary: fc.record({ subscribe: topic, all: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ leave: fc.nat(10) }) },
  { weight: 8, arbitrary: fc.record({ let: node, way: fc.constantFrom('up', 'down') }) },
  { weight: 4, arbitrary: fc.record({ offer: fc.constantFrom('router', 'a', 'b') }) },
  { weight: 3, arbitrary: fc.record({ passOn: fc.subarray(topics, { minLength: 1 }) }) },
  { weight: 1, arbitrary: fc.constant({ last: true }) },
  { weight: 1, arbitrary: fc.constant({ again: true }) },
  { weight: 1, arbitrary: fc.record({ cut: node }) },
  { weight: 2, arbitrary: fc.record({ wait: fc.constantFrom(25, 100, 600) }) },
  { weight: 2, arbitrary: fc.constant({ settle: true }) },
) as fc.Arbitrary<Step>;

type Step = {
  readonly publish?: string;
  readonly elsewhere?: string;
  readonly subscribe?: string;
  readonly all?: boolean;
  readonly leave?: number;
  readonly let?: 'a' | 'b';
  readonly way?: 'up' | 'down';
  readonly offer?: 'router' | 'a' | 'b';
  readonly passOn?: string[];
  readonly last?: boolean;
  readonly again?: boolean;
  readonly cut?: 'a' | 'b';
  readonly wait?: number;
  readonly settle?: boolean;
};

async function apply(move: Move, one: Step): Promise<void> {
  const { nodes, clock } = move.cluster;
  if (one.publish) move.publish(one.publish);
  if (one.elsewhere) move.publishElsewhere(one.elsewhere);
  if (one.subscribe && move.cluster.router.topology.current) {
    move.subscribe(one.subscribe, one.all === true);
  }
  if (one.leave !== undefined) move.clients[one.leave]?.client.leave();
  if (one.let) move.let(nodes[one.let], one.way ?? 'up');
  if (one.offer) move.offer(one.offer);
  if (one.passOn) move.passOn(one.passOn, false);
  if (one.last) move.passOn([], true);
  if (one.again) move.passOnAgain();
  if (one.cut) move.cut(nodes[one.cut]);
  if (one.wait) clock.advance(one.wait);
  if (one.settle) await move.cluster.settle();
  else await move.cluster.turn();
}

async function judge(move: Move): Promise<void> {
  const { b } = move.cluster.nodes;
  const kept = new Map<string, string[]>();
  for (const name of topics) kept.set(name, b.texts(name));
  for (const { topic: name, text, outcome } of move.published) {
    const result = await outcome;
    const places = kept.get(name)?.filter((other) => other === text).length ?? 0;
    if (isRefusal(result)) expect(places).toBeLessThanOrEqual(1);
    else expect([places, kept.get(name)?.[result.sequence - 1]]).toEqual([1, text]);
  }
  for (const { topic: name, client } of move.clients) {
    const { items, notices } = client;
    for (const { sequence, text } of items) {
      expect(kept.get(name)?.[sequence - 1]).toBe(text);
    }
    const first = items[0]?.sequence ?? 0;
    expect(items.map(({ sequence }) => sequence)).toEqual(items.map((_, index) => first + index));
    expect(new Set(items.map(({ page }) => page)).size).toBeLessThanOrEqual(1);
    // A client that was greeted before anybody could say where the topic stood is told so, and nothing else is missing.
    const gaps = notices.filter((notice) => notice !== 'heartbeat');
    expect(
      gaps.filter(([last, next]) => items.length > 0 && !(last === 0 && next === first - 1)),
    ).toEqual([]);
    expect(gaps.length).toBeLessThanOrEqual(1);
  }
}

describe('any history of a move', () => {
  it('loses, doubles and reorders nothing, and tells nobody of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 80 }), async (steps) => {
        const move = new Move();
        try {
          move.offer('router');
          move.offer('a');
          move.offer('b');
          await move.cluster.settle();
          for (const one of steps) await apply(move, one);
          await move.finish();
          // Everybody who is still there hears of what is published now.
          for (const name of topics) move.publish(name);
          await move.cluster.settle();
          const { clients } = move;
          await judge(move);
          for (const { topic: name, client } of clients) {
            if (client.closed) continue;
            expect(client.texts.at(-1)).toBe(move.cluster.nodes.b.texts(name).at(-1));
          }
        } finally {
          move.cluster.close();
        }
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});
