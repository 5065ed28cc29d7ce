import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  absentVersion,
  type Change,
  ConflictError,
  type Kind,
  type Kinds,
  type Metadata,
  type ObjectStore,
} from '../../operator/index.ts';
import type { Clock } from '../../runtime/index.ts';
import { type JsonObject, mergeApplied } from './merge.ts';

interface Stored {
  readonly kind: Kind;
  readonly object: JsonObject;
  /** What each manager named last. */
  readonly applied: ReadonlyMap<string, JsonObject>;
}

type OnChange = (change: Change) => void;

/** Fields that only the store writes, and the status, which has its own way in. */
const storeFields = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
]);

/**
 * The objects of one machine's cluster, in memory, with the parts of the Kubernetes API that a controller leans on:
 * apply by field manager, resource versions, generations, graceful deletion of pods, collection of what lost its
 * owner, watches. Objects handed out are snapshots.
 */
export class MemoryStore implements ObjectStore {
  readonly #clock: Clock;
  readonly #objects = new Map<string, Stored>();
  readonly #watchers = new Set<OnChange>();
  #version = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  list<K extends Kind>(kind: K, namespace: string | undefined): Promise<readonly Kinds[K][]> {
    const found = [...this.#objects.values()].filter((stored) => {
      if (stored.kind !== kind) return false;
      return namespace === undefined || metadataOf(stored.object).namespace === namespace;
    });
    return Promise.resolve(found.map((stored) => snapshot<K>(stored)));
  }

  get<K extends Kind>(kind: K, namespace: string, name: string): Promise<Kinds[K] | undefined> {
    const stored = this.#objects.get(keyOf(kind, namespace, name));
    return Promise.resolve(stored && snapshot<K>(stored));
  }

  /**
   * @param manager who asks; fields it named before and names no more are taken away. The status is not touched.
   * An object that comes with a uid or a creation time keeps them when it is created.
   */
  apply<K extends Kind>(kind: K, object: Kinds[K], manager = 'operator'): Promise<Kinds[K]> {
    const { namespace, name } = object.metadata;
    const key = keyOf(kind, namespace, name);
    const stored = this.#objects.get(key);
    const { resourceVersion: expected } = object.metadata;
    const actual = stored ? metadataOf(stored.object).resourceVersion : absentVersion;
    if (expected !== undefined && expected !== actual) {
      return Promise.reject(new ConflictError(`${key} is not at version "${expected}" any more`));
    }
    const wanted = named(object);
    if (!stored) {
      const created: Stored = {
        kind,
        object: withMetadata(wanted, this.#birth(object)),
        applied: new Map([[manager, wanted]]),
      };
      this.#write(key, created);
      return Promise.resolve(snapshot<K>(created));
    }
    const others = [...stored.applied].filter(([other]) => other !== manager).map(([, o]) => o);
    const before = stored.applied.get(manager) ?? {};
    const merged = mergeApplied(stored.object, before, wanted, others);
    const applied = new Map(stored.applied).set(manager, wanted);
    if (isDeepStrictEqual(merged, stored.object)) {
      this.#objects.set(key, { ...stored, applied });
      return Promise.resolve(snapshot<K>(stored));
    }
    const specChanged = !isDeepStrictEqual(merged['spec'], stored.object['spec']);
    const generation = (metadataOf(merged).generation ?? 1) + (specChanged ? 1 : 0);
    const set = { generation, resourceVersion: this.#nextVersion() };
    const changed: Stored = { kind, object: withMetadata(merged, set), applied };
    this.#write(key, changed);
    return Promise.resolve(snapshot<K>(changed));
  }

  applyStatus(namespace: string, name: string, status: object): Promise<void> {
    return this.setStatus('TopicCluster', namespace, name, status);
  }

  /** Replaces the status of an object. Nothing happens when the object is gone or the status is the same. */
  setStatus(kind: Kind, namespace: string, name: string, status: object): Promise<void> {
    const key = keyOf(kind, namespace, name);
    const stored = this.#objects.get(key);
    const wanted = plain(status);
    if (!stored || isDeepStrictEqual(stored.object['status'], wanted)) return Promise.resolve();
    const set = { resourceVersion: this.#nextVersion() };
    const object = { ...withMetadata(stored.object, set), status: wanted };
    this.#write(key, { ...stored, object });
    return Promise.resolve();
  }

  /** A pod is only marked; it goes when whoever runs it calls `remove`. Everything else goes at once. */
  delete(kind: Kind, namespace: string, name: string, uid?: string): Promise<void> {
    const key = keyOf(kind, namespace, name);
    const stored = this.#objects.get(key);
    if (!stored || (uid !== undefined && metadataOf(stored.object).uid !== uid))
      return Promise.resolve();
    if (kind !== 'Pod') return this.remove(kind, namespace, name);
    if (metadataOf(stored.object).deletionTimestamp !== undefined) return Promise.resolve();
    const set = { deletionTimestamp: this.#now(), resourceVersion: this.#nextVersion() };
    this.#write(key, { ...stored, object: withMetadata(stored.object, set) });
    return Promise.resolve();
  }

  /** Takes the object away without grace, and deletes what has no owner left. */
  async remove(kind: Kind, namespace: string, name: string): Promise<void> {
    const key = keyOf(kind, namespace, name);
    if (!this.#objects.delete(key)) return;
    this.#tell({ kind, namespace, name });
    const uids = new Set([...this.#objects.values()].map(({ object }) => metadataOf(object).uid));
    for (const orphan of [...this.#objects.values()]) {
      const metadata = metadataOf(orphan.object);
      const owners = metadata.ownerReferences ?? [];
      if (owners.length === 0 || owners.some((owner) => uids.has(owner.uid))) continue;
      await this.delete(orphan.kind, metadata.namespace, metadata.name);
    }
  }

  /** Changes are told after the call that made them has returned, in order. */
  watch(onChange: OnChange): () => void {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  #write(key: string, stored: Stored): void {
    this.#objects.set(key, stored);
    const { namespace, name } = metadataOf(stored.object);
    this.#tell({ kind: stored.kind, namespace, name });
  }

  #tell(change: Change): void {
    queueMicrotask(() => {
      for (const watcher of [...this.#watchers]) watcher(change);
    });
  }

  #birth({ metadata }: { readonly metadata: Metadata }): JsonObject {
    return {
      uid: metadata.uid ?? randomUUID(),
      creationTimestamp: metadata.creationTimestamp ?? this.#now(),
      resourceVersion: this.#nextVersion(),
      generation: 1,
    };
  }

  #nextVersion(): string {
    this.#version += 1;
    return String(this.#version);
  }

  #now(): string {
    return new Date(this.#clock.wallMs()).toISOString().replace(/\.\d+Z$/, 'Z');
  }
}

function keyOf(kind: Kind, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

function metadataOf(object: JsonObject): Metadata {
  return object['metadata'] as unknown as Metadata;
}

function withMetadata(object: JsonObject, set: JsonObject): JsonObject {
  return { ...object, metadata: { ...(object['metadata'] as JsonObject), ...set } };
}

function named(object: { readonly metadata: Metadata }): JsonObject {
  const { status: _, ...rest } = plain(object);
  const metadata = Object.entries(rest['metadata'] as JsonObject);
  return {
    ...rest,
    metadata: Object.fromEntries(metadata.filter(([field]) => !storeFields.has(field))),
  };
}

function plain(object: object): JsonObject {
  return JSON.parse(JSON.stringify(object)) as JsonObject;
}

function snapshot<K extends Kind>(stored: Stored): Kinds[K] {
  return structuredClone(stored.object) as unknown as Kinds[K];
}
