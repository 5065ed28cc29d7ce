import type { Connection } from '../../h2/index.ts';
import type { Position, TopicName } from '../service.ts';
import type { Deadline, DeadlineWheel } from './deadlines.ts';

/** Where a stream was ended; unknown: the router had no answer from an owner yet. */
export type Remembered = Position | 'unknown';

interface Memory {
  readonly name: TopicName;
  readonly position: Remembered;
  readonly expiry: Deadline;
}

/**
 * Where the edge ended a stream whose client cannot know: it received no item, so it comes back on the same connection
 * asking for nothing in particular. Each position is good for one return and for a limited time.
 */
export class ResumeMemory {
  readonly #wheel: DeadlineWheel;
  readonly #keepMs: number;
  readonly #perConnectionMax: number;
  /** Oldest first; a connection without memories has no entry. */
  readonly #memories = new Map<Connection, Set<Memory>>();

  constructor(wheel: DeadlineWheel, keepMs: number, perConnectionMax: number) {
    this.#wheel = wheel;
    this.#keepMs = keepMs;
    this.#perConnectionMax = perConnectionMax;
  }

  /** Connections of which something is remembered. */
  get connections(): number {
    return this.#memories.size;
  }

  remember(connection: Connection, name: TopicName, position: Remembered): void {
    this.#makeRoom(connection);
    const memories = this.#memories.get(connection) ?? new Set();
    this.#memories.set(connection, memories);
    const expire = { deadlineDue: () => this.#drop(connection, memory) };
    const memory = { name, position, expiry: this.#wheel.schedule(this.#keepMs, expire) };
    memories.add(memory);
  }

  /** The oldest one kept for this topic on this connection; it is forgotten by being taken. */
  take(connection: Connection, { cache, topic }: TopicName): Remembered | undefined {
    for (const memory of this.#memories.get(connection) ?? []) {
      if (memory.name.topic !== topic || memory.name.cache !== cache) continue;
      this.#drop(connection, memory);
      return memory.position;
    }
    return undefined;
  }

  /** The connection is gone, and with it whoever could come back on it. */
  forget(connection: Connection): void {
    for (const memory of this.#memories.get(connection) ?? []) this.#wheel.cancel(memory.expiry);
    this.#memories.delete(connection);
  }

  #makeRoom(connection: Connection): void {
    const memories = this.#memories.get(connection);
    if (!memories || memories.size < this.#perConnectionMax) return;
    const [oldest] = memories;
    if (oldest) this.#drop(connection, oldest);
  }

  #drop(connection: Connection, memory: Memory): void {
    this.#wheel.cancel(memory.expiry);
    const memories = this.#memories.get(connection);
    memories?.delete(memory);
    if (memories?.size === 0) this.#memories.delete(connection);
  }
}
