import { isDeepStrictEqual } from 'node:util';
import {
  absentVersion,
  type Change,
  ConflictError,
  type Kind,
  type Kinds,
  type KubeObject,
  type ObjectStore,
} from '../../../operator/index.ts';
import type { Network } from './network.ts';
import type { SimProcess } from './process.ts';

/** What an API server does with one object, without waiting: versions, generations, graceful deletion of pods. */
export class Objects {
  readonly #objects = new Map<string, KubeObject>();
  readonly #watchers = new Set<(change: Change) => void>();
  #version = 0;
  #uids = 0;

  get<K extends Kind>(kind: K, name: string): Kinds[K] | undefined {
    return this.#objects.get(`${kind}/${name}`) as Kinds[K] | undefined;
  }

  list<K extends Kind>(kind: K): Kinds[K][] {
    const found: Kinds[K][] = [];
    for (const object of this.#objects.values()) {
      if (object.kind === kind) found.push(object as Kinds[K]);
    }
    return found;
  }

  /** Throws ConflictError when it is written over something else than was read. */
  apply<K extends Kind>(kind: K, object: Kinds[K]): Kinds[K] {
    const { metadata } = object;
    const there = this.get(kind, metadata.name);
    const { resourceVersion } = metadata;
    if (resourceVersion !== undefined) {
      const held = there?.metadata.resourceVersion ?? absentVersion;
      if (held !== resourceVersion) throw new ConflictError(`${kind} ${metadata.name} was written`);
    }
    const generation = there?.metadata.generation ?? 0;
    const isNew = !isDeepStrictEqual(specOf(object), there && specOf(there));
    const made = {
      ...there,
      ...object,
      metadata: {
        uid: there?.metadata.uid ?? `uid-${++this.#uids}`,
        creationTimestamp: there?.metadata.creationTimestamp ?? '2026-01-01T00:00:00Z',
        ...there?.metadata,
        ...metadata,
        generation: isNew ? generation + 1 : generation,
        resourceVersion: there?.metadata.resourceVersion,
      },
    } as Kinds[K];
    if (there && isDeepStrictEqual(made, there)) return there;
    return this.#put(kind, made);
  }

  applyStatus(kind: Kind, name: string, status: object): void {
    const there = this.get(kind, name);
    if (!there || isDeepStrictEqual((there as { status?: unknown }).status, status)) return;
    // What an operator says of a cluster is no news to it, and every look costs.
    this.#put(kind, { ...there, status } as Kinds[Kind], kind === 'TopicCluster');
  }

  /** Pods are only marked: whoever runs them takes them away. */
  delete(kind: Kind, name: string, uid?: string): void {
    const there = this.get(kind, name);
    if (!there || (uid !== undefined && there.metadata.uid !== uid)) return;
    if (kind !== 'Pod') return this.remove(kind, name);
    if (there.metadata.deletionTimestamp !== undefined) return;
    const deletionTimestamp = '2026-01-01T00:00:01Z';
    const metadata = { ...there.metadata, deletionTimestamp };
    this.#put('Pod', { ...there, metadata } as Kinds['Pod']);
  }

  remove(kind: Kind, name: string): void {
    if (this.#objects.delete(`${kind}/${name}`)) this.#tell({ kind, namespace, name });
  }

  watch(onChange: (change: Change) => void): () => void {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  #put<K extends Kind>(kind: K, object: Kinds[K], quietly = false): Kinds[K] {
    const resourceVersion = String(++this.#version);
    const kept = { ...object, metadata: { ...object.metadata, resourceVersion } };
    this.#objects.set(`${kind}/${object.metadata.name}`, kept);
    if (!quietly) this.#tell({ kind, namespace, name: object.metadata.name });
    return kept;
  }

  #tell(change: Change): void {
    for (const watcher of this.#watchers) watcher(change);
  }
}

/** Everything is in this one. */
export const namespace = 'default';

function specOf(object: KubeObject): unknown {
  return { ...object, metadata: undefined, status: undefined };
}

/** How late a watch tells of a change, beside the network. */
const WATCH_MS = 25;

/** What becomes of the writes of a process. */
export type Writes = 'taken' | 'refused';

/** The API server as one process sees it: over the network, in order. */
export class RemoteObjects implements ObjectStore {
  readonly #objects: Objects;
  readonly #process: SimProcess;
  readonly #network: Network;
  /** refused: it doesn't lead any more, and the server knows. */
  writes: Writes = 'taken';

  constructor(objects: Objects, process: SimProcess, network: Network) {
    this.#objects = objects;
    this.#process = process;
    this.#network = network;
  }

  list<K extends Kind>(kind: K): Promise<readonly Kinds[K][]> {
    return this.#ask(() => this.#objects.list(kind));
  }

  get<K extends Kind>(kind: K, _namespace: string, name: string): Promise<Kinds[K] | undefined> {
    return this.#ask(() => this.#objects.get(kind, name));
  }

  apply<K extends Kind>(kind: K, object: Kinds[K]): Promise<Kinds[K]> {
    return this.#ask(() => {
      this.#check();
      return this.#objects.apply(kind, object);
    });
  }

  applyStatus(_namespace: string, name: string, status: object): Promise<void> {
    return this.#ask(() => {
      this.#check();
      this.#objects.applyStatus('TopicCluster', name, status);
    });
  }

  delete(kind: Kind, _namespace: string, name: string, uid?: string): Promise<void> {
    return this.#ask(() => {
      this.#check();
      this.#objects.delete(kind, name, uid);
    });
  }

  watch(onChange: (change: Change) => void): () => void {
    const { timeline } = this.#network;
    const handful: Change[] = [];
    return this.#objects.watch((change) => {
      if (this.#process.ended) return;
      handful.push(change);
      if (handful.length > 1) return;
      // Changes come in handfuls: each of those costs a look at everything.
      timeline.after(WATCH_MS + this.#network.delayMs(), this.#process, () => {
        for (const one of handful.splice(0)) onChange(one);
      });
    });
  }

  #check(): void {
    if (this.writes === 'refused') throw new ConflictError('this operator leads no more');
  }

  /** What a process asks is done even if it ends meanwhile; it hears of it only if it runs. */
  #ask<T>(answer: () => T): Promise<T> {
    const { timeline } = this.#network;
    return new Promise((resolve, reject) => {
      timeline.after(this.#delayMs(), undefined, () => {
        let tell: () => void;
        try {
          const answered = answer();
          tell = () => resolve(answered);
        } catch (error) {
          tell = () => reject(error as Error);
        }
        timeline.after(this.#delayMs(), this.#process, tell);
      });
    });
  }

  /** An API server is near, mostly. */
  #delayMs(): number {
    return this.#network.delayMs() / 8;
  }
}
