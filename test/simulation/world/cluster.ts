import type { Kinds, Policy } from '../../../operator/index.ts';
import type { topo } from '../../../proto/index.ts';
import type { RouterBounds } from '../../../router/index.ts';
import type { StorageBounds } from '../../../storage/index.ts';
import { compareVersions, noVersion, parseTopology } from '../../../topology/index.ts';
import { Oracle } from '../../support/oracle/index.ts';
import type { Member } from './calls.ts';
import type { ClientWorld } from './client.ts';
import { cache } from './connections.ts';
import { LinkNetwork } from './links.ts';
import { Network, type Weather } from './network.ts';
import { namespace, Objects } from './objects.ts';
import { Operators } from './operators.ts';
import { Pods } from './pods.ts';
import { SimProcess } from './process.ts';
import { Publisher } from './publisher.ts';
import { Random } from './random.ts';
import { Referee } from './referee.ts';
import { RouterMember } from './router-member.ts';
import { StorageMember } from './storage-member.ts';
import { type Reading, Subscriber } from './subscriber.ts';
import { Timeline } from './timeline.ts';
import { Trace } from './trace.ts';

/** What a TopicCluster says, as far as it matters here. */
export interface Wish {
  readonly routers: number;
  readonly storage: number;
  readonly image: string;
}

export interface ClusterOptions {
  readonly seed: number;
  readonly recording: boolean;
  readonly wish: Wish;
  readonly weather: Weather;
  /** Batches of links go as bytes. */
  readonly encoded: boolean;
  readonly historyItems: number;
  /** After which a topic without interest and publishes is evicted. */
  readonly idleSeconds: number;
  readonly policy: Partial<Policy>;
  readonly routerBounds: Partial<RouterBounds>;
  readonly storageBounds: Partial<StorageBounds>;
}

const name = 'demo';
const clusterId = `${namespace}/${name}/uid-of-demo`;

/** A whole cluster in one thread and in virtual time: objects, operators, routers, storage nodes, clients. */
export class Cluster {
  readonly trace: Trace;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly network: Network;
  readonly links: LinkNetwork;
  readonly objects = new Objects();
  readonly pods: Pods;
  readonly operators: Operators;
  readonly oracle = new Oracle();
  readonly referee: Referee;
  readonly topics: string[] = [];
  readonly subscribers: Subscriber[] = [];
  readonly publishers: Publisher[] = [];
  /** Nothing more happens to it. */
  healed = false;
  /** How often something happened to it, by name. */
  readonly happened = new Map<string, number>();
  readonly #options: ClusterOptions;
  readonly #clients: ClientWorld;
  #wish: Wish;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#wish = options.wish;
    this.trace = new Trace(options.recording);
    this.timeline = new Timeline(this.trace);
    this.random = new Random(options.seed);
    const { trace, timeline, random, objects } = this;
    this.network = new Network(timeline, random.fork(), options.weather);
    this.links = new LinkNetwork(this.network, options.encoded, trace);
    this.referee = new Referee(this.oracle, trace);
    this.pods = new Pods({
      objects,
      timeline,
      random: random.fork(),
      cluster: { name, id: clusterId },
      record: () => this.record,
      start: (made) => {
        trace.note(timeline.nowMs, made.process.host, () => `starts as ${made.incarnation}`);
        made.process.onEnd(() => trace.note(timeline.nowMs, made.process.host, () => 'ends'));
        if (made.component === 'router') {
          return new RouterMember(made, this.links, options.routerBounds);
        }
        const member = new StorageMember(made, this.links, options.storageBounds);
        this.referee.watch(member.node, made.process, () => timeline.nowMs);
        return member;
      },
    });
    this.operators = new Operators({
      network: this.network,
      objects,
      directory: this.pods.directory,
      random: random.fork(),
      trace,
      policy: options.policy,
    });
    const choices = random.fork();
    this.#clients = {
      network: this.network,
      oracle: this.oracle,
      trace,
      chooseRouter: () => {
        const ready = this.pods.ready('router');
        return ready.length > 0 ? (choices.pick(ready) as RouterMember) : undefined;
      },
    };
    this.wish(options.wish);
  }

  /** What is wished now. */
  get wished(): Wish {
    return this.#wish;
  }

  /** The user edits the resource. */
  wish(change: Partial<Wish>): void {
    this.#wish = { ...this.#wish, ...change };
    const { routers, storage, image } = this.#wish;
    const { historyItems, idleSeconds } = this.#options;
    this.objects.apply('TopicCluster', {
      apiVersion: 'topicplane.dev/v1alpha1',
      kind: 'TopicCluster',
      metadata: { name, namespace, uid: 'uid-of-demo', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: {
        image,
        router: { replicas: routers },
        storage: { replicas: storage, history: { items: historyItems, idleSeconds } },
        caches: [{ name: cache }],
      },
    } as Kinds['TopicCluster']);
  }

  count(what: string): void {
    this.happened.set(what, (this.happened.get(what) ?? 0) + 1);
  }

  /** The topology on record. */
  get record(): topo.Topology | undefined {
    const text = this.objects.get('ConfigMap', `${name}-topology`)?.data['topology.json'];
    if (text !== this.#recordText) {
      this.#recordText = text;
      this.#record = text === undefined ? undefined : parseTopology(text);
    }
    return this.#record;
  }

  #recordText: string | undefined;
  #record: topo.Topology | undefined;

  storage(): StorageMember[] {
    return this.pods.members('storage') as StorageMember[];
  }

  routers(): RouterMember[] {
    return this.pods.members('router') as RouterMember[];
  }

  /** Why not everything is as it is wished and at rest, for people; undefined: it is. */
  unsettled(): string | undefined {
    const { record } = this;
    if (!record) return 'no topology is on record';
    if (record.move) return 'a move is under way';
    const pods = this.pods.unsettled();
    if (pods !== undefined) return pods;
    const { routers, storage } = this.#wish;
    if (this.routers().length !== routers) return `${routers} routers are wished`;
    if (this.storage().length !== storage) return `${storage} storage nodes are wished`;
    if (record.ring.length !== storage) return `the ring has ${record.ring.length} members`;
    const image = this.#oldImage();
    if (image !== undefined) return image;
    const behind = this.pods.members().find((member) => !holds(member, record));
    return behind && `${behind.process.host} doesn't hold the topology on record`;
  }

  #oldImage(): string | undefined {
    for (const tier of ['router', 'storage']) {
      const set = this.objects.get('StatefulSet', `${name}-${tier}`);
      const hash = set?.spec.template.metadata.annotations?.[hashName];
      for (const pod of this.objects.list('Pod')) {
        if (!pod.metadata.name.startsWith(`${name}-${tier}-`)) continue;
        if (pod.metadata.annotations?.[hashName] !== hash)
          return `${pod.metadata.name} is outdated`;
      }
    }
    return undefined;
  }

  subscribe(topic: string, reading: Reading): Subscriber {
    const who = `sub-${this.subscribers.length}`;
    const process = this.#client(who);
    const forgotten = (): void => {
      // What it missed it can't ask for, and nobody can tell it: a new subscription takes its place.
      subscriber.close();
      this.subscribe(topic, reading);
    };
    const subscriber = new Subscriber(who, topic, this.#clients, process, reading, forgotten);
    this.subscribers.push(subscriber);
    subscriber.open();
    return subscriber;
  }

  publish(topics: readonly string[], paceMs: number): Publisher {
    const who = `pub-${this.publishers.length}`;
    const process = this.#client(who);
    const random = this.random.fork();
    const publisher = new Publisher(who, topics, paceMs, this.#clients, process, random);
    this.publishers.push(publisher);
    return publisher;
  }

  #client(who: string): SimProcess {
    return new SimProcess(who, this.timeline, this.random.fork());
  }
}

const hashName = 'topicplane.dev/template-hash';

function holds(member: Member, record: topo.Topology): boolean {
  const { version } = member.state();
  return compareVersions(version ?? noVersion, record.version ?? noVersion) === 0;
}
