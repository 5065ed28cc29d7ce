import { setTimeout as delay } from 'node:timers/promises';
import type { KubeApi, Resource } from './kube-api.ts';

const againMs = 250;

interface Listed<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

interface Event<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/**
 * The objects of one collection as they were last heard of; goes on with that while the API server is away, and lists
 * again when it is back.
 */
export class Listing<T extends Resource> {
  readonly #api: KubeApi;
  readonly #path: string;
  readonly #onChange: () => void;
  readonly #stopping = new AbortController();
  readonly #over: Promise<void>;
  #objects = new Map<string, T>();
  #synced: () => void = () => {};
  /** Resolves once everything there is is known. */
  readonly synced: Promise<void>;

  /** @param path of the collection, with a query if some are not wanted. */
  constructor(api: KubeApi, path: string, onChange: () => void) {
    this.#api = api;
    this.#path = path;
    this.#onChange = onChange;
    this.synced = new Promise((resolve) => {
      this.#synced = resolve;
    });
    this.#over = this.#run();
  }

  all(): readonly T[] {
    return [...this.#objects.values()];
  }

  get(namespace: string, name: string): T | undefined {
    return this.#objects.get(`${namespace}/${name}`);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#over;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const { metadata, items } = await this.#api.get<Listed<T>>(this.#path);
        this.#objects = new Map(items.map((item) => [keyOf(item), item]));
        this.#synced();
        this.#onChange();
        await this.#follow(metadata.resourceVersion);
      } catch {
        // Away, or what was followed is too old: from the start again.
      }
      if (!signal.aborted) await delay(againMs, undefined, { signal }).catch(() => {});
    }
  }

  async #follow(resourceVersion: string): Promise<void> {
    const start = `${this.#path}${this.#path.includes('?') ? '&' : '?'}`;
    const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=300`;
    const gone = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, gone.signal]);
    await this.#api.stream(
      `${start}${query}&resourceVersion=${resourceVersion}`,
      (line) => {
        const { type, object } = JSON.parse(line) as Event<T>;
        if (type === 'ERROR') return gone.abort();
        if (type === 'BOOKMARK') return;
        if (type === 'DELETED') this.#objects.delete(keyOf(object));
        else this.#objects.set(keyOf(object), object);
        this.#onChange();
      },
      signal,
    );
  }
}

function keyOf({ metadata }: Resource): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
