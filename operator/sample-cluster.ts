import { isDeepStrictEqual } from 'node:util';
import { control, type topo } from '../proto/index.ts';
import { type Logger, ManualClock, silentLogger } from '../runtime/index.ts';
import {
  committedMove,
  decideOffer,
  formatVersion,
  noVersion,
  parseTopology,
} from '../topology/index.ts';
import { clusterIdIn } from './build/index.ts';
import { type Controller, type ControllerOptions, startController } from './controller.ts';
import type { Members } from './members/members.ts';
import type { Component } from './names.ts';
import type { TopicClusterStatus } from './resource/index.ts';
import { sampleLinks, samplePod, sampleResource, sampleState } from './sample.ts';
import {
  type Change,
  type Kind,
  type Kinds,
  type ObjectStore,
  type RefusalCode,
  RefusedError,
  type StatefulSet,
} from './store.ts';

/** Objects in memory. Writes are counted; `failing` kinds can't be written, `refusing` ones may not be. */
class SpecStore implements ObjectStore {
  readonly writes: string[] = [];
  /** Pods, in order. */
  readonly deleted: string[] = [];
  readonly failing = new Set<Kind>();
  readonly refusing = new Map<Kind, RefusalCode>();
  /** Told of every status that is written. */
  onStatus: (status: TopicClusterStatus) => void = () => undefined;
  readonly #objects = new Map<string, Kinds[Kind]>();
  readonly #watchers = new Set<(change: Change) => void>();

  list<K extends Kind>(kind: K, namespace: string | undefined): Promise<readonly Kinds[K][]> {
    const prefix = namespace === undefined ? `${kind}/` : `${kind}/${namespace}/`;
    const found = [...this.#objects].filter(([key]) => key.startsWith(prefix));
    return Promise.resolve(found.map(([, object]) => structuredClone(object) as Kinds[K]));
  }

  get<K extends Kind>(kind: K, namespace: string, name: string): Promise<Kinds[K] | undefined> {
    const found = this.#objects.get(`${kind}/${namespace}/${name}`);
    return Promise.resolve(structuredClone(found) as Kinds[K] | undefined);
  }

  apply<K extends Kind>(kind: K, object: Kinds[K]): Promise<Kinds[K]> {
    if (this.failing.has(kind)) return Promise.reject(new Error(`${kind} can't be written`));
    this.writes.push(`${kind} ${object.metadata.name}`);
    const code = this.refusing.get(kind);
    if (code) return Promise.reject(new RefusedError(code, `no ${kind} today`));
    this.put(kind, object);
    return Promise.resolve(object);
  }

  async applyStatus(
    namespace: string,
    name: string,
    status: object,
    _resourceVersion?: string,
  ): Promise<void> {
    const cluster = await this.get('TopicCluster', namespace, name);
    this.writes.push('status');
    this.onStatus(status as TopicClusterStatus);
    if (cluster) this.put('TopicCluster', { ...cluster, status });
  }

  delete(kind: Kind, namespace: string, name: string, uid?: string): Promise<void> {
    const { metadata } = this.#objects.get(`${kind}/${namespace}/${name}`) ?? {};
    if (uid !== undefined && metadata?.uid !== uid) return Promise.resolve();
    const code = this.refusing.get(kind);
    if (code) return Promise.reject(new RefusedError(code, `no ${kind} today`));
    if (kind === 'Pod') this.deleted.push(name);
    if (this.#objects.delete(`${kind}/${namespace}/${name}`)) this.#tell({ kind, namespace, name });
    return Promise.resolve();
  }

  watch(onChange: (change: Change) => void): () => void {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  /** What somebody else writes. */
  put<K extends Kind>(kind: K, object: Kinds[K]): void {
    const { namespace, name } = object.metadata;
    const key = `${kind}/${namespace}/${name}`;
    if (isDeepStrictEqual(this.#objects.get(key), object)) return;
    this.#objects.set(key, structuredClone(object));
    this.#tell({ kind, namespace, name });
  }

  #tell(change: Change): void {
    for (const watcher of this.#watchers) watcher(change);
  }
}

/** One process: it takes topologies by the same rules as the real ones. */
interface Process {
  name: string;
  incarnation: string;
  held: topo.Topology | undefined;
  /** The one whose topologies it takes. */
  cluster: string;
  /** Doesn't acknowledge, and takes nothing. */
  deaf: boolean;
  /** The standstill it waits for a word about. */
  standstill: number;
  /** Routers only. */
  connections: number;
  draining: boolean;
  /** How full it is, by dimension. */
  ratios: Readonly<Record<string, number>>;
}

class SpecMembers implements Members {
  readonly processes = new Map<string, Process>();
  readonly pushes: string[] = [];
  /** `demo-router-1 drains within 10000 ms` */
  readonly asked: string[] = [];
  retained: ReadonlySet<string> = new Set();
  /** Told of each push, before it is answered. */
  onPush: (topology: topo.Topology) => void = () => undefined;

  getState(address: string, cluster: string): Promise<control.GetStateResponse> {
    const process = this.processes.get(address);
    if (process && process.cluster !== cluster)
      return Promise.reject(new Error(`it belongs to cluster ${process.cluster}`));
    if (!process || !this.retained.has(address))
      return Promise.reject(new Error('it cannot be reached'));
    const { name, incarnation, held, connections, draining, standstill, ratios } = process;
    const capacity = Object.entries(ratios).map(([dimension, used]) => {
      return { dimension, used, limit: 1 };
    });
    const phase = draining ? control.Phase.DRAINING : control.Phase.IN_ROTATION;
    const liveLinks = sampleLinks(held?.storage.filter((member) => this.#runs(member)) ?? []);
    const links = liveLinks.length;
    const move = this.#progress(process);
    const said = { incarnation, phase, connections, links, liveLinks, move, standstill, capacity };
    return Promise.resolve(sampleState(name, held?.version, said));
  }

  pushTopology(
    address: string,
    topology: topo.Topology,
    confirms: number,
  ): Promise<control.PushTopologyResponse> {
    const process = this.processes.get(address);
    if (!process || process.deaf)
      return Promise.reject(new Error('it did not answer within 1000 ms'));
    this.onPush(topology);
    this.pushes.push(`${process.name} ${formatVersion(topology.version ?? noVersion)}`);
    const { outcome, reason } = decideOffer(process.held, topology, process.cluster);
    if (outcome === 'applied') process.held = topology;
    if (confirms === process.standstill) process.standstill = 0;
    const { APPLIED, KNOWN, STALE, INVALID } = control.PushOutcome;
    const outcomes = { applied: APPLIED, known: KNOWN, stale: STALE, invalid: INVALID };
    return Promise.resolve({ outcome: outcomes[outcome], version: process.held?.version, reason });
  }

  drain(address: string, withinMs: number): Promise<control.DrainResponse> {
    const process = this.processes.get(address);
    if (!process || process.deaf) return Promise.reject(new Error('it cannot be reached'));
    this.asked.push(`${process.name} drains within ${withinMs} ms`);
    process.draining = true;
    return Promise.resolve({ connections: process.connections, subscriptions: 0 });
  }

  shed(address: string, connections: number, withinMs: number): Promise<control.ShedResponse> {
    const process = this.processes.get(address);
    if (!process || process.deaf) return Promise.reject(new Error('it cannot be reached'));
    this.asked.push(`${process.name} sheds ${connections} within ${withinMs} ms`);
    return Promise.resolve({ connections });
  }

  retain(_owner: string, addresses: ReadonlySet<string>): void {
    this.retained = addresses;
  }

  #runs({ name, incarnation }: topo.Member): boolean {
    return this.processes.get(`${name}:8082`)?.incarnation === incarnation;
  }

  /** There are no topics: a source is done as soon as all that topics could go to are in its version. */
  #progress({ held }: Process): control.MoveProgress | undefined {
    const move = held && committedMove(held);
    if (!move) return undefined;
    const done = move.ring.every((name) => {
      const { version } = this.processes.get(`${name}:8082`)?.held ?? {};
      return isDeepStrictEqual(version, held.version);
    });
    return { left: 0, handedOver: 0, taken: 0, done };
  }

  close(): void {
    throw new Error('what was given is not closed');
  }
}

/** A cluster `demo` for specs of the controller, with somebody who starts the pods that StatefulSets ask for. */
export class SampleCluster {
  readonly store = new SpecStore();
  readonly members = new SpecMembers();
  readonly clock = new ManualClock();
  readonly logged: string[] = [];
  /** Pods made with one of them never become ready. */
  readonly brokenImages = new Set<string | undefined>();
  #runs = 0;
  readonly #ratios: Record<Component, Process['ratios']> = { router: {}, storage: {} };
  #controllers: Controller[] = [];

  start(options: Partial<ControllerOptions> = {}): Controller {
    const note = (_fields: object, message: string): void => void this.logged.push(message);
    const log = { ...silentLogger, info: note, warn: note, error: note } as unknown as Logger;
    const controller = startController({
      store: this.store,
      clock: this.clock,
      log,
      namespace: 'default',
      term: 1,
      image: 'topicplane:1',
      members: this.members,
      random: () => 0,
      ...options,
    });
    this.#controllers.push(controller);
    return controller;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#controllers.map((controller) => controller.stop()));
  }

  write(spec: unknown, generation = 1): void {
    const resource = sampleResource(spec);
    this.store.put('TopicCluster', { ...resource, metadata: { ...resource.metadata, generation } });
  }

  async update(spec: unknown): Promise<void> {
    const before = await this.store.get('TopicCluster', 'default', 'demo');
    if (!before) throw new Error('there is no cluster');
    const generation = (before.metadata.generation ?? 0) + 1;
    this.store.put('TopicCluster', {
      ...before,
      metadata: { ...before.metadata, generation },
      spec,
    });
    await this.settle();
  }

  /** Starts and removes pods as the StatefulSets say, until nothing happens any more. */
  async settle(): Promise<void> {
    for (let round = 0; round < 6; round++) {
      await turns();
      for (const set of await this.store.list('StatefulSet', 'default')) await this.#scale(set);
    }
    await turns();
  }

  async #scale(set: StatefulSet): Promise<void> {
    const component = set.metadata.name.endsWith('router') ? 'router' : 'storage';
    for (let ordinal = 0; ordinal < 10; ordinal++) {
      const name = `${set.metadata.name}-${ordinal}`;
      const pod = await this.store.get('Pod', 'default', name);
      if (ordinal < set.spec.replicas && !pod) await this.run(component, ordinal);
      if (ordinal >= set.spec.replicas && pod) {
        this.members.processes.delete(`${name}:8082`);
        await this.store.delete('Pod', 'default', name);
      }
    }
  }

  /** The process of a pod starts, or starts again; a pod that isn't there is made from the template. */
  async run(component: 'router' | 'storage', ordinal: number): Promise<Process> {
    const name = `demo-${component}-${ordinal}`;
    const set = await this.store.get('StatefulSet', 'default', `demo-${component}`);
    const there = await this.store.get('Pod', 'default', name);
    const { annotations } = (there ?? set?.spec.template)?.metadata ?? {};
    const isBroken = !there && this.brokenImages.has(imageOf(set));
    const spec = (there ?? set?.spec.template)?.spec;
    const process = {
      name,
      cluster: (spec && clusterIdIn(spec)) ?? 'default/demo/uid-1',
      incarnation: `run-${this.#runs++}`,
      held: undefined,
      deaf: false,
      standstill: 0,
      connections: 0,
      draining: false,
      ratios: this.#ratios[component],
    };
    this.members.processes.set(`${name}:8082`, process);
    const pod = samplePod(component, ordinal, {
      podIP: `10.0.0.${this.#runs}`,
      ...(isBroken && { conditions: [], containerStatuses: [cannotPull] }),
    });
    const metadata = {
      ...pod.metadata,
      uid: there?.metadata.uid ?? `${name}-${this.#runs}`,
      annotations: { ...pod.metadata.annotations, ...annotations },
    };
    if (isBroken) this.members.processes.delete(`${name}:8082`);
    this.store.put('Pod', { ...pod, metadata, ...(spec && { spec }) });
    return process;
  }

  /** From now on the members of a tier are so full, those that start later too. */
  carry(component: Component, ratios: Process['ratios']): void {
    this.#ratios[component] = ratios;
    for (const process of this.members.processes.values()) {
      if (process.name.includes(component)) process.ratios = ratios;
    }
  }

  async crash(component: 'router' | 'storage', ordinal: number): Promise<void> {
    const name = `demo-${component}-${ordinal}`;
    this.members.processes.delete(`${name}:8082`);
    const conditions = [{ type: 'Ready', status: 'False', message: 'its process ended' }] as const;
    const pod = await this.store.get('Pod', 'default', name);
    if (pod) this.store.put('Pod', { ...pod, status: { phase: 'Running', conditions } });
  }

  async advance(byMs: number): Promise<void> {
    for (let doneMs = 0; doneMs < byMs; doneMs += 250) {
      this.clock.advance(Math.min(250, byMs - doneMs));
      await turns();
    }
    await this.settle();
  }

  async topology(): Promise<topo.Topology> {
    const record = await this.store.get('ConfigMap', 'default', 'demo-topology');
    return parseTopology(record?.data['topology.json'] ?? '');
  }

  async status(): Promise<TopicClusterStatus> {
    const cluster = await this.store.get('TopicCluster', 'default', 'demo');
    return cluster?.status as TopicClusterStatus;
  }

  async condition(type: string) {
    return (await this.status()).conditions.find((condition) => condition.type === type);
  }

  /** Versions that the processes hold. */
  held(): Record<string, string> {
    const processes = [...this.members.processes.values()];
    return Object.fromEntries(
      processes.map(({ name, held }) => [name, formatVersion(held?.version ?? noVersion)]),
    );
  }

  forgetWhatHappened(): void {
    this.store.deleted.length = 0;
    this.store.writes.length = 0;
    this.members.pushes.length = 0;
    this.members.asked.length = 0;
    this.logged.length = 0;
  }
}

const cannotPull = {
  name: 'router',
  restartCount: 0,
  ready: false,
  state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } },
};

function imageOf(set: StatefulSet | undefined): string | undefined {
  return set?.spec.template.spec.containers[0]?.image;
}

/** Lets everything happen that waits for no clock. */
async function turns(): Promise<void> {
  for (let count = 0; count < 12; count++) await new Promise((resolve) => setImmediate(resolve));
}
