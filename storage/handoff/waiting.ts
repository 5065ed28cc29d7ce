import { topicKey } from '../../topology/index.ts';

/** A request that waits; cancelling one that went on already does nothing. */
export interface Waiter {
  cancel(): void;
}

interface Entry extends Waiter {
  readonly bytes: number;
  /** undefined: cancelled, or on its way. */
  go: ((nowMs: number) => void) | undefined;
}

interface Queue {
  readonly cache: string;
  readonly topic: string;
  /** In order; none is empty. */
  readonly entries: Set<Entry>;
}

export interface WaitingBounds {
  /** Requests of all topics and links together. */
  readonly waitingMax: number;
  readonly waitingBytesMax: number;
}

/**
 * Requests for topics whose state may still come, in order for each topic. Who goes on tries again from the start; it may
 * come to wait anew, behind those who waited with it.
 */
export class WaitingRoom {
  readonly #bounds: WaitingBounds;
  readonly #queues = new Map<string, Queue>();
  #size = 0;
  #bytes = 0;
  #refused = false;

  constructor(bounds: WaitingBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** undefined: there is no room. */
  wait(
    cache: string,
    topic: string,
    bytes: number,
    go: (nowMs: number) => void,
  ): Waiter | undefined {
    const { waitingMax, waitingBytesMax } = this.#bounds;
    if (this.#size >= waitingMax || this.#bytes + bytes > waitingBytesMax) {
      this.#refused = true;
      return undefined;
    }
    const key = topicKey(cache, topic);
    let queue = this.#queues.get(key);
    if (!queue) {
      queue = { cache, topic, entries: new Set() };
      this.#queues.set(key, queue);
    }
    const cancel = () => this.#cancel(key, entry);
    const entry: Entry = { bytes, go, cancel };
    queue.entries.add(entry);
    this.#size += 1;
    this.#bytes += bytes;
    return entry;
  }

  /** Something has changed for one topic: those who wait for it try again. */
  admit(cache: string, topic: string, nowMs: number): void {
    if (this.#queues.size === 0) return;
    const key = topicKey(cache, topic);
    const queue = this.#queues.get(key);
    if (!queue) return;
    this.#queues.delete(key);
    for (const entry of queue.entries) {
      const { go } = entry;
      this.#leave(entry);
      go?.(nowMs);
    }
  }

  /** Something has changed for many: everybody tries again. */
  admitAll(nowMs: number): void {
    for (const { cache, topic } of [...this.#queues.values()]) this.admit(cache, topic, nowMs);
  }

  /** True, once, when somebody found no room and there is room again. */
  takeRoomNotice(): boolean {
    if (!this.#refused || this.#size > 0) return false;
    this.#refused = false;
    return true;
  }

  #cancel(key: string, entry: Entry): void {
    this.#leave(entry);
    const queue = this.#queues.get(key);
    if (queue?.entries.delete(entry) && queue.entries.size === 0) this.#queues.delete(key);
  }

  #leave(entry: Entry): void {
    if (!entry.go) return;
    entry.go = undefined;
    this.#size -= 1;
    this.#bytes -= entry.bytes;
  }
}
