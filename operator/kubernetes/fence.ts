import type { Members } from '../members/members.ts';
import { ConflictError, type ObjectStore } from '../store.ts';

/** What a leader does goes through here: from the moment it leads no more, nothing does. */
export class Fence {
  readonly #isLeading: () => boolean;
  #closed = false;

  /** @param isLeading by our own clock, so that a process that was stopped for a while knows at once. */
  constructor(isLeading: () => boolean) {
    this.#isLeading = isLeading;
  }

  close(): void {
    this.#closed = true;
  }

  store(store: ObjectStore): ObjectStore {
    return {
      list: (kind, namespace) => store.list(kind, namespace),
      get: (kind, namespace, name) => store.get(kind, namespace, name),
      apply: async (kind, object) => {
        this.#check();
        return store.apply(kind, object);
      },
      applyStatus: async (...args) => {
        this.#check();
        return store.applyStatus(...args);
      },
      delete: async (kind, namespace, name, uid) => {
        this.#check();
        return store.delete(kind, namespace, name, uid);
      },
      watch: (onChange) => store.watch(onChange),
    };
  }

  members(members: Members): Members {
    return {
      getState: (address, cluster) => members.getState(address, cluster),
      pushTopology: async (address, topology, confirms) => {
        this.#check();
        return members.pushTopology(address, topology, confirms);
      },
      drain: async (address, withinMs) => {
        this.#check();
        return members.drain(address, withinMs);
      },
      shed: async (address, connections, withinMs) => {
        this.#check();
        return members.shed(address, connections, withinMs);
      },
      retain: (owner, addresses) => members.retain(owner, addresses),
      close: () => members.close(),
    };
  }

  #check(): void {
    if (this.#closed || !this.#isLeading()) {
      throw new ConflictError('this operator leads no more');
    }
  }
}
