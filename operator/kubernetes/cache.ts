import type { Cancel, Clock, Logger } from '../../runtime/index.ts';
import { NowAndThen } from '../now-and-then.ts';
import type { Kind, Kinds, KubeObject } from '../store.ts';
import type { KubernetesApi } from './api.ts';
import {
  asKubernetesError,
  errorOfEvent,
  KubernetesError,
  type KubernetesErrorCode,
} from './errors.ts';
import { ObjectMap } from './object-map.ts';
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
  /** The longest delay while reading is forbidden: a person has to change that. Default 30 000. */
  readonly forbiddenMsMax: number;
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
  forbiddenMsMax: 30_000,
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
  /** Told each time that list or watch are forbidden, in place of the log. */
  readonly onForbidden?: () => void;
  /** Of all caches that have the same server. What is wrong with all of them is said once. */
  readonly reports?: NowAndThen;
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
 * - list or watch are forbidden: it tries again, but knows nothing until that is allowed
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
  #doing: 'list' | 'watch' = 'list';
  readonly #reports: NowAndThen;
  /** Resolves when a list was taken in full, or is forbidden. */
  readonly settled: Promise<void>;
  #settle: () => void = () => undefined;

  constructor(options: CacheOptions<K>) {
    this.#options = options;
    this.#bounds = { ...defaultCacheBounds, ...options.bounds };
    this.#reports = options.reports ?? new NowAndThen(options.clock);
    const { plural } = resourceOf(options.kind);
    this.#what = options.namespace === undefined ? plural : `${plural} in ${options.namespace}`;
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
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

  /** A list was taken in full, and nothing forbade to keep up with it since. */
  get hasSynced(): boolean {
    return this.#listedMs !== undefined && !this.isForbidden;
  }

  /** The last attempt to list or watch was forbidden. */
  get isForbidden(): boolean {
    return this.#problem?.code === 'forbidden';
  }

  /** `list pods`: what was forbidden last; undefined: nothing is. */
  get missingRight(): string | undefined {
    if (!this.isForbidden) return undefined;
    return `${this.#doing} ${resourceOf(this.#options.kind).plural}`;
  }

  /** Why it isn't up to date; undefined while list or watch work. */
  get problem(): KubernetesError | undefined {
    return this.#problem;
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
    let refusals = 0;
    while (!this.#stop.signal.aborted) {
      let watchingMs: number | undefined;
      const lived = (): boolean =>
        watchingMs !== undefined && clock.monotonicMs() - watchingMs >= this.#bounds.healthyMs;
      try {
        if (this.#version === undefined || clock.monotonicMs() >= this.#relistAtMs) {
          this.#doing = 'list';
          await this.#relist();
        }
        this.#doing = 'watch';
        watchingMs = clock.monotonicMs();
        await this.#watch();
        failures = lived() ? 0 : failures + 1;
        refusals = 0;
      } catch (error) {
        failures = lived() ? 1 : failures + 1;
        this.#failed(asKubernetesError(error));
        // An API server that has just begun may refuse at first, after it failed for long.
        refusals = this.isForbidden ? refusals + 1 : 0;
      }
      if (refusals > 0) await this.#pause(refusals, this.#bounds.forbiddenMsMax);
      else if (failures > 0) await this.#pause(failures, this.#bounds.backoffMsMax);
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
    this.#settle();
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
    const { log, kind } = this.#options;
    const { code, message } = error;
    if (this.#stop.signal.aborted) return;
    if (code === 'silent') {
      log.info({ kind }, `${message}: it is opened anew`);
      return;
    }
    this.#problem = error;
    // Who may read again reads all of it anew.
    if (['gone', 'not-found', 'forbidden'].includes(code)) this.#version = undefined;
    if (code === 'forbidden') {
      this.#settle();
      const { onForbidden } = this.#options;
      if (onForbidden) return onForbidden();
    }
    if (code === 'gone' || !this.#reports.isDue(this.#reportOf(code))) return;
    const words =
      code === 'not-found'
        ? 'the API server does not serve this kind: install the CustomResourceDefinition'
        : (error.advice ?? 'watching is interrupted, and tried again');
    log[error.retry ? 'warn' : 'error']({ kind, code, error: message }, words);
  }

  /** By what trouble is told apart: credentials are the same for everything, rights as a rule for a namespace. */
  #reportOf(code: KubernetesErrorCode): string {
    if (code === 'unauthorized' || code === 'untrusted') return code;
    if (code === 'forbidden') return `${code} ${this.#options.namespace}`;
    return `${code} ${this.#what}`;
  }

  #tell(namespace: string, name: string): void {
    try {
      this.#options.onChange(namespace, name);
    } catch (error) {
      const { log, kind } = this.#options;
      log.error({ kind, namespace, object: name, error: String(error) }, 'a change was not taken');
    }
  }

  async #pause(failures: number, delayMsMax: number): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const delayMs = Math.min(delayMsMax, this.#bounds.backoffMsMin * 2 ** (failures - 1));
    let cancel: Cancel = () => undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      const jittered = delayMs / 2 + (this.#options.random() * delayMs) / 2;
      cancel = this.#options.clock.after(jittered, resolve);
    });
    cancel();
  }
}
