import { Registry } from 'prom-client';
import { pubsub, topo } from '../../proto/index.ts';
import { ManualClock, silentLogger } from '../../runtime/index.ts';
import { type RouterBounds, routerBounds } from '../config.ts';
import { Router } from '../router.ts';
import {
  type Frame,
  isRefusal,
  type Position,
  type Refusal,
  type Sink,
  type StartAt,
  type Subscription,
} from '../service.ts';
import { PlayedStorage } from './played-storage.ts';
import type { PlayedStream } from './played-stream.ts';
import { published } from './published.ts';

const cluster = 'default/played/00000000-0000-4000-8000-000000000001';

/** Nothing breaks because a test lets time pass. */
const patient: RouterBounds = { ...routerBounds, linkSilenceMsMax: 1e9 };

export interface Shape {
  readonly storage: readonly PlayedStorage[];
  readonly ring: readonly PlayedStorage[];
  readonly move?: {
    readonly phase: topo.MovePhase;
    readonly ring: readonly PlayedStorage[];
    readonly sources?: readonly PlayedStorage[];
  };
}

/** A client: what it was told of items, in order, and every notice. */
export class PlayedClient implements Sink {
  readonly items: { readonly page: number; readonly sequence: number; readonly text: string }[] =
    [];
  /** `heartbeat`, or the last and next sequence of a discontinuity. */
  readonly notices: ('heartbeat' | readonly [number, number])[] = [];
  ended: Refusal | 'cleanly' | undefined;
  subscription: Subscription | undefined;
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  leave(): void {
    this.#closed = true;
    this.subscription?.close();
  }

  get texts(): string[] {
    return this.items.map(({ text }) => text);
  }

  write({ bytes }: Frame): boolean {
    const all = Buffer.from(bytes);
    for (let at = 0; at < all.length; ) {
      const size = all.readUInt32BE(at + 1);
      this.#read(pubsub.SubscriptionItem.decode(all.subarray(at + 5, at + 5 + size)));
      at += 5 + size;
    }
    return true;
  }

  end(refusal: Refusal | undefined): void {
    this.ended = refusal ?? 'cleanly';
  }

  #read({ kind }: pubsub.SubscriptionItem): void {
    if (kind?.$case === 'heartbeat') this.notices.push('heartbeat');
    if (kind?.$case === 'discontinuity') {
      this.notices.push([kind.value.lastTopicSequence, kind.value.newTopicSequence]);
    }
    if (kind?.$case === 'item') {
      const { sequencePage: page, topicSequenceNumber: sequence, value } = kind.value;
      const text = value?.kind?.$case === 'text' ? value.kind.value : '';
      this.items.push({ page, sequence, text });
    }
  }
}

/** One real router before storage nodes that are played, all in the hands of the test. */
export class PlayedCluster {
  readonly clock = new ManualClock();
  readonly nodes: Readonly<Record<'a' | 'b' | 'c', PlayedStorage>> = {
    a: new PlayedStorage('a'),
    b: new PlayedStorage('b'),
    c: new PlayedStorage('c'),
  };
  readonly router: Router;
  /** Without the metrics of the process, of which a test with hundreds of routers has one. */
  readonly registry = new Registry();

  constructor(bounds: RouterBounds = patient) {
    this.router = new Router({
      identity: { cluster, router: 'router-0', incarnation: 'r' },
      bounds,
      clock: this.clock,
      log: silentLogger,
      registry: this.registry,
      dial: (address) => {
        const node = Object.values(this.nodes).find(({ member }) => member.address === address);
        if (!node) throw new Error(`nobody is at ${address}`);
        return node.dial();
      },
    });
  }

  /** The stream of the router to a storage node. */
  stream(node: PlayedStorage): PlayedStream {
    const stream = [...node.streams].at(-1);
    if (!stream) throw new Error(`${node.name} has no stream`);
    return stream;
  }

  topology(epoch: number, { storage, ring, move }: Shape): topo.Topology {
    const names = (nodes: readonly PlayedStorage[]) => nodes.map(({ name }) => name);
    const isCommit = move?.phase === topo.MovePhase.COMMIT;
    return {
      cluster,
      version: { term: 1, epoch },
      pageOrigin: 1_000,
      ringEpoch: 0,
      previousRingEpoch: 0,
      caches: [{ name: 'c', publishesPerSecondMax: 0, subscriptionsMax: 0 }],
      storage: storage.map(({ member }) => member),
      ring: names(ring),
      move: move && {
        ring: names(move.ring),
        phase: move.phase,
        sources: names(move.sources ?? (isCommit ? ring : [])),
      },
      settings: {
        messageBytesMax: 1_000,
        history: { itemsMax: 256, bytesMax: 1 << 20, ageMsMax: 120_000, idleMsMax: 600_000 },
        heartbeatMs: 5_000,
        resumeZero: topo.ResumeZero.NOTHING,
        routerCapacity: undefined,
        storageCapacity: undefined,
      },
    };
  }

  publish(topic: string, text: string): Promise<Position | Refusal> {
    const payload = Buffer.from(text);
    const request = { cache: 'c', topic, payload, text: true, publisherId: '' };
    return published(this.router, request);
  }

  subscribe(topic: string, start: StartAt = { from: 'now' }): PlayedClient {
    const client = new PlayedClient();
    const outcome = this.router.subscribe({ cache: 'c', topic }, start, client);
    if (isRefusal(outcome)) throw new Error(outcome.message);
    client.subscription = outcome;
    return client;
  }

  /** Ends the turn of the router: what it collected is on its way. */
  async turn(): Promise<void> {
    await Promise.resolve();
    this.clock.advance(0);
  }

  /** Lets everything through until nothing is on its way. */
  async settle(): Promise<void> {
    for (;;) {
      await this.turn();
      const streams = Object.values(this.nodes).flatMap((node) => [...node.streams]);
      const busy = streams.filter(({ waiting }) => waiting.up + waiting.down > 0);
      if (busy.length === 0) return;
      for (const stream of busy) {
        stream.letUp();
        stream.letDown();
      }
    }
  }

  /** Nodes and router take the topology, and everything settles. */
  async push(topology: topo.Topology): Promise<void> {
    for (const node of Object.values(this.nodes)) node.offer(topology);
    this.router.topology.offer(topology);
    await this.settle();
  }

  close(): void {
    this.router.close();
  }
}
