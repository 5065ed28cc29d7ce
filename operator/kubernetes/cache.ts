import type { Cancel, Clock, Logger } from '../../runtime/index.ts';
import type { Kind, Kinds, KubeObject } from '../store.ts';
import type { KubernetesApi } from './api.ts';
import {
  asKubernetesError,
  errorOfEvent,
  KubernetesError,
  type KubernetesErrorCode,
} from './errors.ts';
import { ObjectMap } from './object-map.ts';
import { OnceAMinute } from './once-a-minute.ts';
import { pathOf, readObject, resourceOf, selectorOf } from './resources.ts';

export interface CacheBounds {
  /** A list is taken anew this long after the last, with up to a tenth of jitter. Default 600 000. */
  readonly relistMs: number;
  /** A watch that says nothing for this long is opened anew; the server sends a bookmark a minute. Default 90 000. */
  readonly silentMsMax: number;
  /** The server is asked to end a watch after this time. Default 300 000. */
  readonly watchMsMax: number;
  /** Between attempts: the first delay, doubled with each failure. Default 250. */
  readonly backoffMsMin: number;
  /** Default 5000. */
  readonly backoffMsMax: number;
  /** A watch that lived this long was no failure, however it ended. Default 5000. */
  readonly healthyMs: number;
  /** Objects asked for at once. Default 500. */
  readonly pageItems: number;
}

export const defaultCacheBounds: CacheBounds = {
  relistMs: 600_000,
  silentMsMax: 90_000,
  watchMsMax: 300_000,
  backoffMsMin: 250,
  backoffMsMax: 5000,
  healthyMs: 5000,
  pageItems: 500,
};

export interface CacheOptions<K extends Kind> {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly log: Logger;
  /** From 0 (inclusive) to 1 (exclusive), for jitter. */
  readonly random: () => number;
  readonly kind: K;
  /** undefined: every namespace. */
  readonly namespace: string | undefined;
  /** Something may have changed about this object. What it throws is logged. */
  readonly onChange: (namespace: string, name: string) => void;
  readonly bounds?: Partial<CacheBounds>;
}

interface List {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly KubeObject[];
}

interface WatchEvent {
  readonly type?: string;
  readonly object?: KubeObject;
}

/**
 * The objects of one kind as the API server has them, a moment ago. It lists, then watches from there; whatever goes
 * wrong, it goes on until it is stopped:
 * - the watch ends or breaks: it is opened again where it was
 * - the version is gone, or a line makes no sense: it lists again
 * - the list fails: it tries again; what it had is kept
 */
export class KindCache<K extends Kind> {
  readonly #options: CacheOptions<K>;
  readonly #bounds: CacheBounds;
  readonly #what: string;
  readonly #objects = new ObjectMap<Kinds[K]>();
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;
  /** To watch from; undefined: list first. */
  #version: string | undefined;
  #relistAtMs = 0;
  #listedMs: number | undefined;
  #heardMs: number | undefined;
  #problem: KubernetesError | undefined;
  readonly #reports: OnceAMinute;
  readonly synced: Promise<void>;
  #setSynced: () => void = () => undefined;

  constructor(options: CacheOptions<K>) {
    this.#options = options;
    this.#bounds = { ...defaultCacheBounds, ...options.bounds };
    this.#reports = new OnceAMinute(options.clock);
    const { plural } = resourceOf(options.kind);
    this.#what = options.namespace === undefined ? plural : `${plural} in ${options.namespace}`;
    this.synced = new Promise((resolve) => {
      this.#setSynced = resolve;
    });
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#running;
  }

  get kind(): K {
    return this.#options.kind;
  }

  get namespace(): string | undefined {
    return this.#options.namespace;
  }

  /** A list was taken in full. */
  get hasSynced(): boolean {
    return this.#listedMs !== undefined;
  }

  /** Why it isn't up to date, for people; undefined while list or watch work. */
  get problem(): string | undefined {
    return this.#problem?.message;
  }

  /** Milliseconds since the last whole list, and since anything was heard; undefined before the first. */
  get ages(): { readonly listMs: number | undefined; readonly heardMs: number | undefined } {
    const nowMs = this.#options.clock.monotonicMs();
    const since = (thenMs: number | undefined): number | undefined =>
      thenMs === undefined ? undefined : nowMs - thenMs;
    return { listMs: since(this.#listedMs), heardMs: since(this.#heardMs) };
  }

  get size(): number {
    return this.#objects.size;
  }

  list(namespace: string | undefined): readonly Kinds[K][] {
    return this.#objects.list(namespace);
  }

  get(namespace: string, name: string): Kinds[K] | undefined {
    return this.#objects.get(namespace, name);
  }

  /** Takes up what a write answered, unless the watch is past it already. */
  absorb(object: Kinds[K]): void {
    this.#objects.absorb(object);
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      let watchingMs: number | undefined;
      const lived = (): boolean =>
        watchingMs !== undefined && clock.monotonicMs() - watchingMs >= this.#bounds.healthyMs;
      try {
        if (this.#version === undefined || clock.monotonicMs() >= this.#relistAtMs) {
          await this.#relist();
        }
        watchingMs = clock.monotonicMs();
        await this.#watch();
        failures = lived() ? 0 : failures + 1;
      } catch (error) {
        failures = lived() ? 1 : failures + 1;
        this.#failed(asKubernetesError(error));
      }
      if (failures > 0) await this.#pause(failures);
    }
  }

  async #relist(): Promise<void> {
    const { clock, random } = this.#options;
    const items: Kinds[K][] = [];
    let page: List = {};
    do {
      page = await this.#page(page.metadata?.continue);
      for (const item of page.items ?? []) items.push(readObject(this.#options.kind, item));
    } while (page.metadata?.continue);
    const version = page.metadata?.resourceVersion;
    if (version === undefined) {
      throw new KubernetesError('unavailable', `list ${this.#what}: the answer has no version`);
    }
    if (this.#stop.signal.aborted) return;
    const changed = this.#objects.replace(items, version);
    const nowMs = clock.monotonicMs();
    this.#version = version;
    this.#listedMs = nowMs;
    this.#relistAtMs = nowMs + this.#bounds.relistMs * (1 + random() / 10);
    this.#heard();
    this.#setSynced();
    for (const { namespace, name } of changed) this.#tell(namespace, name);
  }

  #page(next: string | undefined): Promise<List> {
    const { api, kind, namespace } = this.#options;
    const list = {
      verb: 'list' as const,
      resource: resourceOf(kind).plural,
      path: pathOf(kind, namespace),
      query: { labelSelector: selectorOf(kind), limit: this.#bounds.pageItems, continue: next },
    };
    return api.request<List>(list, this.#stop.signal);
  }

  async #watch(): Promise<void> {
    const { api, clock, kind, namespace, random } = this.#options;
    const leftMs = this.#relistAtMs - clock.monotonicMs();
    const watchMs = Math.min(leftMs, this.#bounds.watchMsMax * (0.8 + random() / 5));
    const end = new AbortController();
    const endIt = (): void => end.abort();
    this.#stop.signal.addEventListener('abort', endIt, { once: true });
    // The server is asked to end it in time, but need not.
    const cancel = clock.after(Math.min(leftMs, watchMs + 10_000), endIt);
    try {
      if (this.#stop.signal.aborted) return;
      await api.stream(
        {
          verb: 'watch',
          resource: resourceOf(kind).plural,
          path: pathOf(kind, namespace),
          query: {
            watch: true,
            allowWatchBookmarks: true,
            labelSelector: selectorOf(kind),
            resourceVersion: this.#version,
            timeoutSeconds: Math.max(1, Math.ceil(watchMs / 1000)),
          },
        },
        {
          signal: end.signal,
          silentMsMax: this.#bounds.silentMsMax,
          onOpen: () => this.#heard(),
          onLine: (line) => this.#take(line),
        },
      );
    } finally {
      cancel();
      this.#stop.signal.removeEventListener('abort', endIt);
    }
  }

  #take(line: string): void {
    const { type, object } = this.#parse(line);
    if (type === 'ERROR') throw errorOfEvent(`watch ${this.#what}`, object);
    const { name, namespace, resourceVersion } = object?.metadata ?? {};
    if (object === undefined || resourceVersion === undefined) {
      this.#version = undefined;
      throw new KubernetesError('unavailable', `watch ${this.#what}: an event has no version`);
    }
    this.#heard();
    this.#version = resourceVersion;
    if (type === 'BOOKMARK' || name === undefined) return this.#objects.passed(resourceVersion);
    const known = readObject(this.#options.kind, object);
    if (type === 'DELETED') this.#objects.remove(known);
    else this.#objects.put(known);
    this.#tell(namespace ?? '', name);
  }

  #parse(line: string): WatchEvent {
    try {
      return JSON.parse(line) as WatchEvent;
    } catch {
      this.#version = undefined;
      throw new KubernetesError('unavailable', `watch ${this.#what}: a line is no JSON`);
    }
  }

  #heard(): void {
    this.#heardMs = this.#options.clock.monotonicMs();
    this.#problem = undefined;
  }

  #failed(error: KubernetesError): void {
    if (this.#stop.signal.aborted) return;
    this.#problem = error;
    if (error.code === 'gone' || error.code === 'not-found') this.#version = undefined;
    if (error.code === 'gone' || !this.#reports.isDue(error.code)) return;
    const level = error.retry ? 'warn' : 'error';
    this.#options.log[level](
      { kind: this.#options.kind, code: error.code, error: error.message },
      advice[error.code] ?? 'watching is interrupted, and tried again',
    );
  }

  #tell(namespace: string, name: string): void {
    try {
      this.#options.onChange(namespace, name);
    } catch (error) {
      const { log, kind } = this.#options;
      log.error({ kind, namespace, object: name, error: String(error) }, 'a change was not taken');
    }
  }

  async #pause(failures: number): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const { backoffMsMin, backoffMsMax } = this.#bounds;
    const delayMs = Math.min(backoffMsMax, backoffMsMin * 2 ** (failures - 1));
    let cancel: Cancel = () => undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      const jittered = delayMs / 2 + (this.#options.random() * delayMs) / 2;
      cancel = this.#options.clock.after(jittered, resolve);
    });
    cancel();
  }
}

/** By whom it can be mended; the rest passes. */
const advice: Readonly<Partial<Record<KubernetesErrorCode, string>>> = {
  unauthorized: 'the API server does not accept the credentials: renew the token or the kubeconfig',
  forbidden: 'the API server does not allow this: check the Role and RoleBinding of the operator',
  'not-found': 'the API server does not serve this kind: install the CustomResourceDefinition',
};
