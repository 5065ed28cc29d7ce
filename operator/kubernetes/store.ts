import type { Clock, Logger } from '../../runtime/index.ts';
import { clearance } from '../build/index.ts';
import { NowAndThen } from '../now-and-then.ts';
import {
  absentVersion,
  type Change,
  ConflictError,
  type Kind,
  type Kinds,
  type KubeObject,
  type ObjectStore,
  RefusedError,
} from '../store.ts';
import type { KubernetesApi } from './api.ts';
import { type CacheBounds, KindCache } from './cache.ts';
import { encounter } from './encounter.ts';
import { hasCode, KubernetesError } from './errors.ts';
import { pathOf, readObject, resourceOf, watchedKinds } from './resources.ts';

/** The name under which the operator owns fields. */
export const fieldManager = 'topicplane-operator';

/**
 * No object has it: the API server's versions are those of its store, which counts from there before anything is
 * written. An apply that names a version makes what isn't there, and refuses to touch what is at another version; so
 * one that names this version makes, and never overwrites. What a plain creation makes would have a second manager,
 * which holds on to fields that later applies leave out.
 */
const versionOfNone = '1';

export interface KubernetesStoreOptions {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly log: Logger;
  /** undefined: all of them. */
  readonly namespaces: readonly string[] | undefined;
  readonly random?: () => number;
  readonly bounds?: Partial<CacheBounds>;
}

/**
 * The objects of a Kubernetes cluster. Reads are answered from what was watched; writes are server-side applies that
 * take the fields they name from whoever had them.
 */
export class KubernetesStore implements ObjectStore {
  readonly #api: KubernetesApi;
  readonly #log: Logger;
  readonly #reports: NowAndThen;
  /** undefined: every namespace. */
  readonly #scopes: readonly (string | undefined)[];
  readonly #caches: readonly KindCache<Kind>[];
  readonly #watchers = new Set<(change: Change) => void>();

  constructor(options: KubernetesStoreOptions) {
    const { api, clock, log, random = Math.random, bounds = {} } = options;
    this.#api = api;
    this.#log = log;
    const reports = new NowAndThen(clock);
    this.#reports = reports;
    this.#scopes = options.namespaces ?? [undefined];
    this.#caches = this.#scopes.flatMap((scope) =>
      watchedKinds.map((kind) => {
        const onForbidden = (): void => this.#sayForbidden(scope);
        const onChange = (namespace: string, name: string): void => {
          for (const watcher of [...this.#watchers]) watcher({ kind, namespace, name });
        };
        const ways = { api, clock, log, random, reports, bounds, onForbidden };
        return new KindCache({ ...ways, kind, namespace: scope, onChange });
      }),
    );
  }

  start(): void {
    for (const cache of this.#caches) cache.start();
  }

  async stop(): Promise<void> {
    this.#watchers.clear();
    await Promise.all(this.#caches.map((cache) => cache.stop()));
  }

  /** Resolves when every kind was listed once, but for those that may not be. */
  async synced(): Promise<void> {
    await Promise.all(this.#caches.map((cache) => cache.settled));
  }

  /**
   * Why reads aren't up to date, for people; undefined: they are. What is forbidden keeps nothing else from being
   * served, so it is a problem only when nothing is left.
   */
  get problem(): string | undefined {
    if (this.hindrance !== undefined) return this.hindrance;
    const served = this.#caches.filter((cache) => !cache.isForbidden);
    const late = served.find((cache) => cache.problem !== undefined || !cache.hasSynced);
    return late && (late.problem?.message ?? `${resourceOf(late.kind).plural} are not listed yet`);
  }

  /** Which rights are missing to serve anything, for people; undefined: there is a namespace that can be served. */
  get hindrance(): string | undefined {
    const each = this.#scopes.map((scope) => this.#missing(scope));
    return each.every((missing) => missing !== undefined) ? each[0]?.words : undefined;
  }

  /** undefined: all that has to be read there may be. */
  #missing(scope: string | undefined): Missing | undefined {
    const forbidden = this.#caches.filter(
      (cache) => cache.namespace === scope && cache.isForbidden,
    );
    const rights = forbidden.map(({ missingRight }) => missingRight ?? '');
    const said = forbidden[0]?.problem?.said;
    if (said === undefined) return undefined;
    const where = scope === undefined ? 'all namespaces' : `namespace ${scope}`;
    const words = `the API server does not allow to ${rights.join(', ')} in ${where}`;
    return { rights, said, words: `${words} (${said})` };
  }

  /** All of a namespace in one line, so once it is known what may be read there. */
  #sayForbidden(scope: string | undefined): void {
    const inScope = this.#caches.filter((cache) => cache.namespace === scope);
    if (!inScope.every(({ ages, problem }) => ages.listMs !== undefined || problem)) return;
    const missing = this.#missing(scope);
    const due = missing?.rights.filter((right) => this.#reports.isDue(`${right} in ${scope}`));
    if (!missing || due?.length === 0) return;
    const { rights, words } = missing;
    this.#log.error(
      { code: 'forbidden', rights },
      `${words}: check the Role and RoleBinding of the operator`,
    );
  }

  get caches(): readonly KindCache<Kind>[] {
    return this.#caches;
  }

  /** @param namespace undefined: every one that is watched, but for those where it is forbidden. */
  async list<K extends Kind>(kind: K, namespace: string | undefined): Promise<readonly Kinds[K][]> {
    const caches =
      namespace === undefined
        ? this.#caches.filter((cache) => cache.kind === kind && !cache.isForbidden)
        : [this.#cache(kind, namespace)];
    return caches.flatMap((cache) => synced(cache).list(namespace)) as Kinds[Kind][] as Kinds[K][];
  }

  async get<K extends Kind>(
    kind: K,
    namespace: string,
    name: string,
  ): Promise<Kinds[K] | undefined> {
    return synced(this.#cache(kind, namespace)).get(namespace, name) as Kinds[K] | undefined;
  }

  async apply<K extends Kind>(kind: K, object: Kinds[K]): Promise<Kinds[K]> {
    return orRefused(this.#write(kind, object));
  }

  async applyStatus(
    namespace: string,
    name: string,
    status: object,
    resourceVersion?: string,
  ): Promise<void> {
    const { apiVersion, plural } = resourceOf('TopicCluster');
    try {
      const received = await this.#api.request<KubeObject>({
        verb: 'apply',
        resource: `${plural}/status`,
        path: `${pathOf('TopicCluster', namespace, name)}/status`,
        query: { fieldManager, force: true },
        body: {
          apiVersion,
          kind: 'TopicCluster',
          metadata: { namespace, name, ...(resourceVersion && { resourceVersion }) },
          status,
        },
      });
      this.#cache('TopicCluster', namespace).absorb(readObject('TopicCluster', received));
    } catch (error) {
      if (hasCode(error, 'conflict')) throw new ConflictError(error.message, { cause: error });
      if (!hasCode(error, 'not-found')) throw error;
    }
  }

  async delete(kind: Kind, namespace: string, name: string, uid?: string): Promise<void> {
    const deletion = this.#api.request({
      verb: 'delete',
      resource: resourceOf(kind).plural,
      path: pathOf(kind, namespace, name),
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy: 'Background',
        ...(uid !== undefined && { preconditions: { uid } }),
      },
    });
    try {
      await orRefused(deletion);
    } catch (error) {
      const isAnother = uid !== undefined && hasCode(error, 'conflict');
      if (!isAnother && !hasCode(error, 'not-found')) throw error;
    }
  }

  watch(onChange: (change: Change) => void): () => void {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  async #write<K extends Kind>(kind: K, object: Kinds[K]): Promise<Kinds[K]> {
    const { resourceVersion, namespace } = object.metadata;
    const isNew = resourceVersion === absentVersion;
    try {
      const wanted = isNew
        ? atVersion(object, versionOfNone)
        : await this.#cleared(kind, this.#withUid(kind, object));
      const applied = readObject(kind, await this.#apply(kind, wanted));
      this.#cache(kind, namespace).absorb(applied);
      return applied;
    } catch (error) {
      if (resourceVersion === undefined || !isOvertaken(error)) throw error;
      if (isNew && hasCode(error, 'conflict')) await this.#meet(kind, object);
      throw new ConflictError(error.message, { cause: error });
    }
  }

  /**
   * An apply that names a version makes the object all the same when there is none; one that names a uid doesn't.
   * The version stands for which object is meant, so the uid may be that of the newest.
   */
  #withUid(kind: Kind, object: KubeObject): KubeObject {
    const { resourceVersion, namespace, name } = object.metadata;
    if (resourceVersion === undefined) return object;
    const uid = this.#cache(kind, namespace).get(namespace, name)?.metadata.uid;
    if (uid === undefined) throw new ConflictError(`${kind} ${namespace}/${name} is gone`);
    return { ...object, metadata: { ...object.metadata, uid } };
  }

  /** Takes away what the apply would be refused for; what is returned is to be applied over that. */
  async #cleared(kind: Kind, object: KubeObject): Promise<KubeObject> {
    const { resourceVersion, namespace, name } = object.metadata;
    const cache = this.#cache(kind, namespace);
    const there = cache.get(namespace, name);
    if (resourceVersion === undefined || there?.metadata.resourceVersion !== resourceVersion) {
      return object;
    }
    const patch = clearance(object, there);
    if (!patch) return object;
    const { apiVersion } = resourceOf(kind);
    const received = await this.#api.request<KubeObject>({
      verb: 'patch',
      resource: resourceOf(kind).plural,
      path: pathOf(kind, namespace, name),
      query: { fieldManager },
      body: { apiVersion, kind, ...patch, metadata: { resourceVersion } },
    });
    const cleared = readObject(kind, received);
    cache.absorb(cleared);
    return atVersion(object, cleared.metadata.resourceVersion ?? resourceVersion);
  }

  #apply(kind: Kind, object: KubeObject): Promise<KubeObject> {
    const { namespace, name } = object.metadata;
    return this.#api.request<KubeObject>({
      verb: 'apply',
      resource: resourceOf(kind).plural,
      path: pathOf(kind, namespace, name),
      query: { fieldManager, force: true },
      body: named(object),
    });
  }

  /**
   * There is one where one was to be made, and the watch told of none. One of ours that lost its label gets it back, to
   * be observed next time; one of somebody else is left as it is.
   */
  async #meet(kind: Kind, wanted: KubeObject): Promise<void> {
    const there = await this.#read(kind, wanted);
    switch (encounter(there, wanted)) {
      case 'gone':
      case 'watched':
        return;
      case 'ours':
        return this.#label(kind, wanted, there?.metadata.resourceVersion);
      case 'foreign':
        throw new RefusedError('NameTaken', 'it is there already, and not of this cluster');
    }
  }

  async #read(kind: Kind, { metadata }: KubeObject): Promise<KubeObject | undefined> {
    try {
      return await this.#api.request<KubeObject>({
        verb: 'get',
        resource: resourceOf(kind).plural,
        path: pathOf(kind, metadata.namespace, metadata.name),
      });
    } catch (error) {
      if (hasCode(error, 'not-found')) return undefined;
      throw error;
    }
  }

  /** @param version the one that was read; another may be another object. */
  async #label(kind: Kind, wanted: KubeObject, version: string | undefined): Promise<void> {
    const { apiVersion, metadata } = wanted;
    const { namespace, name, labels } = metadata;
    try {
      await this.#api.request({
        verb: 'patch',
        resource: resourceOf(kind).plural,
        path: pathOf(kind, namespace, name),
        query: { fieldManager },
        body: { apiVersion, kind, metadata: { labels, resourceVersion: version } },
      });
    } catch (error) {
      if (!isOvertaken(error)) throw error;
    }
  }

  #cache(kind: Kind, namespace: string): KindCache<Kind> {
    const found = this.#caches.find((cache) => {
      return cache.kind === kind && (cache.namespace ?? namespace) === namespace;
    });
    if (!found) throw new Error(`namespace ${namespace} is not watched`);
    return found;
  }
}

interface Missing {
  /** `list pods` */
  readonly rights: readonly string[];
  /** The API server's words about the first. */
  readonly said: string;
  /** For people. */
  readonly words: string;
}

/** What the server won't have, and wouldn't the next time unless a person does something, is a refusal. */
async function orRefused<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (!hasCode(error, 'invalid') && !hasCode(error, 'forbidden')) throw error;
    const words = error.advice === undefined ? error.said : `${error.advice}: ${error.said}`;
    throw new RefusedError('ApplyFailed', words, { cause: error });
  }
}

/** Somebody else wrote, made or deleted the object since it was observed. */
function isOvertaken(error: unknown): error is KubernetesError {
  return hasCode(error, 'conflict') || hasCode(error, 'exists') || hasCode(error, 'not-found');
}

function synced(cache: KindCache<Kind>): KindCache<Kind> {
  if (cache.hasSynced) return cache;
  const { plural } = resourceOf(cache.kind);
  throw cache.problem ?? new KubernetesError('unavailable', `${plural} are not listed yet`);
}

function atVersion(object: KubeObject, resourceVersion: string): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}

/** Only what the operator names; what the server fills in is no business of an apply. */
function named(object: KubeObject): KubeObject {
  const {
    generation: _g,
    creationTimestamp: _c,
    deletionTimestamp: _d,
    uid,
    resourceVersion,
    ...metadata
  } = object.metadata;
  const { status: _s, ...rest } = object as KubeObject & { readonly status?: unknown };
  // Conditions of the write; a uid says nothing without a version.
  const conditions = resourceVersion ? { resourceVersion, ...(uid !== undefined && { uid }) } : {};
  return { ...rest, metadata: { ...metadata, ...conditions } };
}
