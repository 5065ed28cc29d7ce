import type { topo } from '../../proto/index.ts';
import { link } from '../../proto/index.ts';
import { ManualClock, silentLogger } from '../../runtime/index.ts';
import { Placement } from '../../topology/index.ts';
import type { StorageBounds } from '../config.ts';
import { StorageNode } from '../node.ts';
import { encodeBatch } from '../serve/encode-batch.ts';
import type { RouterStream } from '../serve/index.ts';
import { decodeItem, type SeenItem } from './router.ts';
import { bounds, self, type TopologyChange, topology } from './topology.ts';

/** What a router does with a handoff, or with the answer to one. carry: passes it on. */
export type Fate = 'carry' | 'twice' | 'lose' | 'not-yet' | { readonly laterMs: number };

const HOP_MS = 1;

/** Storage nodes and routers in one process, without sockets, on one clock. A message takes a millisecond. */
export class World {
  readonly clock = new ManualClock();
  readonly nodes = new Map<string, StorageNode>();
  readonly routers: RelayRouter[] = [];
  readonly #bounds: Partial<StorageBounds>;
  #epoch = 0;
  #ringEpochs: readonly [number, number] = [0, 0];
  #owners = '';
  #last: topo.Topology | undefined;

  constructor(change: Partial<StorageBounds> = {}) {
    this.#bounds = change;
  }

  /** Starts a node, or another run of it. */
  node(name: string, incarnation = 'run-1', change: Partial<StorageBounds> = {}): StorageNode {
    const node = new StorageNode({
      self: { ...self, name, incarnation },
      bounds: bounds({ ...this.#bounds, ...change }),
      clock: this.clock,
      log: silentLogger,
    });
    node.start();
    this.nodes.set(name, node);
    return node;
  }

  router(name = `r-${this.routers.length}`): RelayRouter {
    const router = new RelayRouter(this, name);
    this.routers.push(router);
    return router;
  }

  /** The next topology: written, and held by those who are named; everybody by default. */
  push(
    change: Pick<TopologyChange, 'ring' | 'move' | 'caches' | 'history'>,
    to: readonly string[] = [...this.nodes.keys()],
  ): topo.Topology {
    this.#epoch += 1;
    const owners = JSON.stringify([change.ring, change.move]);
    if (owners !== this.#owners && change.move?.phase !== 1) {
      this.#owners = owners;
      this.#ringEpochs = [this.#epoch, this.#ringEpochs[0]];
    }
    const storage = Object.fromEntries(
      [...this.nodes.values()].map((node) => [node.self.name, node.self.incarnation]),
    );
    this.#last = topology({
      ...change,
      storage,
      epoch: this.#epoch,
      ringEpochs: this.#ringEpochs,
    });
    for (const name of to) this.nodes.get(name)?.offer(this.#last);
    for (const router of this.routers) router.placement = new Placement(this.#last);
    return this.#last;
  }

  get topology(): topo.Topology | undefined {
    return this.#last;
  }

  /** Lets time pass until `happened`, at most 20 s. */
  until(happened: () => boolean): void {
    for (let ms = 0; !happened(); ms++) {
      if (ms > 20_000) throw new Error('it did not happen');
      this.clock.advance(1);
    }
  }
}

/** One end of a router's stream to a node; what is on its way when it is cut is lost. */
class Wire implements RouterStream {
  readonly peer = 'memory';
  readonly #world: World;
  readonly #node: StorageNode;
  readonly #onBatch: (batch: link.StorageBatch) => void;
  #take: (batch: link.RouterBatch) => void = () => {};
  #ended: (reason: string) => void = () => {};
  #open = true;

  constructor(world: World, node: StorageNode, onBatch: (batch: link.StorageBatch) => void) {
    this.#world = world;
    this.#node = node;
    this.#onBatch = onBatch;
    this.#node.accept(this);
  }

  write(batch: link.StorageBatch, written: () => void): void {
    const bytes = encodeBatch(batch);
    this.#world.clock.after(HOP_MS, () => {
      if (!this.#open) return;
      written();
      this.#onBatch(link.StorageBatch.decode(bytes));
    });
  }

  send(batch: Partial<link.RouterBatch>): void {
    const empty = link.RouterBatch.decode(new Uint8Array());
    const bytes = link.RouterBatch.encode({ ...empty, ...batch }).finish();
    this.#world.clock.after(HOP_MS, () => {
      if (this.#open) this.#take(link.RouterBatch.decode(bytes));
    });
  }

  onBatch(take: (batch: link.RouterBatch) => void): void {
    this.#take = take;
  }

  onEnd(end: (reason: string) => void): void {
    this.#ended = end;
  }

  end(): void {
    this.#open = false;
  }

  cut(): void {
    this.#open = false;
    this.#ended('cut');
  }

  mute(): void {
    this.#open = false;
  }
}

interface WorldFeed {
  readonly topic: string;
  on: string;
  readonly seen: SeenItem[];
  /** Where it began, and began anew. */
  readonly starts: link.Position[];
  position: link.Position | undefined;
  /** As it was told. */
  readonly orphanedAfter: number[];
}

/**
 * A router as ADR 0017 wants it, in few words: a topic that has an heir is asked for at its source until that says MOVED,
 * then at the heir. Carries handoffs as `fate` says.
 */
export class RelayRouter {
  readonly name: string;
  placement: Placement | undefined;
  /** Of each handoff; then of each answer. */
  fate: (handoff: link.Handoff) => Fate = () => 'carry';
  answerFate: (result: link.HandoffResult) => Fate = () => 'carry';
  readonly handoffs: link.Handoff[] = [];
  readonly answers: link.HandoffResult[] = [];
  /** Epochs that nodes said they hold. */
  readonly versions: number[] = [];
  readonly results = new Map<number, link.PublishResult>();
  readonly #world: World;
  readonly #wires = new Map<string, Wire>();
  readonly #publishes = new Map<number, link.Publish>();
  readonly #feeds = new Map<number, WorldFeed>();
  #number = 0;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
    if (world.topology) this.placement = new Placement(world.topology);
    world.clock.every(200, () => {
      for (const wire of this.#wires.values()) wire.send({});
    });
  }

  connect(...nodes: readonly string[]): this {
    for (const name of nodes) {
      const node = this.#world.nodes.get(name);
      if (!node) throw new Error(`no node ${name}`);
      const wire = new Wire(this.#world, node, (batch) => this.#receive(name, batch));
      this.#wires.set(name, wire);
      wire.send({ hello: { cluster: self.cluster, router: this.name, incarnation: 'x' } });
    }
    return this;
  }

  cut(name: string): void {
    this.#wires.get(name)?.cut();
    this.#wires.delete(name);
  }

  /** Its machine is gone: it says nothing any more, and nobody is told. */
  mute(): void {
    for (const wire of this.#wires.values()) wire.mute();
  }

  /** Returns its number among `results`. */
  publish(topic: string, payload: string, to?: string): number {
    this.#number += 1;
    const publish = {
      request: this.#number,
      cache: 'c',
      topic,
      payload: Buffer.from(payload),
      text: true,
      publisherId: '',
    };
    this.#publishes.set(publish.request, publish);
    const owner = to ?? this.placement?.ownerOf('c', topic)?.name;
    this.#wires.get(owner ?? '')?.send({ publishes: [publish] });
    return publish.request;
  }

  interest(topic: string, to?: string): WorldFeed {
    const on = to ?? this.placement?.ownerOf('c', topic)?.name ?? '';
    const feed: WorldFeed = {
      topic,
      on,
      seen: [],
      starts: [],
      position: undefined,
      orphanedAfter: [],
    };
    this.#attach(feed);
    return feed;
  }

  /** Sends a handoff as it is; for copies of earlier ones. */
  inject(handoff: link.Handoff): void {
    this.#wires.get(handoff.to)?.send({ handoffs: [handoff] });
  }

  #attach(feed: WorldFeed): void {
    this.#number += 1;
    this.#feeds.set(this.#number, feed);
    const { topic, position, on } = feed;
    const page = position?.page ?? 0;
    const nextSequence = position ? position.sequence + 1 : 0;
    const interest = { feed: this.#number, cache: 'c', topic, page, nextSequence };
    this.#wires.get(on)?.send({ interests: [interest] });
  }

  #receive(from: string, batch: link.StorageBatch): void {
    if (batch.version) this.versions.push(batch.version.epoch);
    for (const result of batch.results) this.#settle(from, result);
    for (const update of batch.feeds) this.#update(from, update);
    for (const handoff of batch.handoffs) this.#carry(from, handoff);
    for (const result of batch.handoffResults) this.#carryBack(result);
  }

  #settle(from: string, result: link.PublishResult): void {
    const publish = this.#publishes.get(result.request);
    if (!publish) return;
    const next = this.#nextAfter(from, publish.topic);
    if (result.outcome === link.Outcome.MOVED && next !== undefined) {
      this.#wires.get(next)?.send({ publishes: [publish] });
      return;
    }
    this.#publishes.delete(result.request);
    this.results.set(result.request, result);
  }

  #update(from: string, update: link.FeedUpdate): void {
    const feed = this.#feeds.get(update.feed);
    if (!feed) return;
    if (update.start) {
      feed.starts.push(update.start);
      feed.position = { page: update.start.page, sequence: update.start.sequence - 1 };
    }
    for (const bytes of update.items) {
      const item = decodeItem(bytes);
      feed.seen.push(item);
      feed.position = { page: item.page, sequence: item.sequence };
    }
    if (update.orphanedAfter) feed.orphanedAfter.push(update.orphanedAfter.sequence);
    if (!update.moved) return;
    this.#feeds.delete(update.feed);
    const next = this.#nextAfter(from, feed.topic);
    if (next === undefined) return;
    feed.on = next;
    this.#attach(feed);
  }

  /** Who is asked for a topic when `from` has said MOVED. */
  #nextAfter(from: string, topic: string): string | undefined {
    const next = this.placement?.heirOf('c', topic) ?? this.placement?.ownerOf('c', topic);
    return next?.name === from ? undefined : next?.name;
  }

  #carry(from: string, handoff: link.Handoff): void {
    this.handoffs.push(handoff);
    const wire = this.#wires.get(handoff.to);
    const fate = wire ? this.fate(handoff) : 'not-yet';
    if (fate === 'not-yet') {
      const { to, version, number } = handoff;
      const outcome = link.HandoffOutcome.NOT_YET;
      const handoffResults = [{ from: handoff.from, to, version, number, outcome }];
      this.#wires.get(from)?.send({ handoffResults });
      return;
    }
    this.#do(fate, () => this.#wires.get(handoff.to)?.send({ handoffs: [handoff] }));
  }

  #carryBack(result: link.HandoffResult): void {
    this.answers.push(result);
    this.#do(this.answerFate(result), () => {
      this.#wires.get(result.from)?.send({ handoffResults: [result] });
    });
  }

  #do(fate: Fate, send: () => void): void {
    if (fate === 'carry' || fate === 'twice') send();
    if (fate === 'twice') this.#world.clock.after(7, send);
    if (typeof fate === 'object') this.#world.clock.after(fate.laterMs, send);
  }
}
