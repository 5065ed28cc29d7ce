import { topicKey } from '../../topology/index.ts';
import type { TopicName } from '../service.ts';
import type { Deadline, DeadlineWheel } from './deadlines.ts';
import type { Remembered } from './resume-memory.ts';

interface Departure {
  readonly position: Remembered;
  expiry: Deadline;
}

/**
 * Topics of which this router sent clients away that can't say where they were, with the position of the first one.
 * Such a client may come back to this very router on another connection, and nothing tells it from a new one: for some
 * time every subscription that names no position goes on there. Storage nodes do the same for the other routers.
 */
export class Departures {
  readonly #wheel: DeadlineWheel;
  readonly #keepMs: number;
  readonly #topicsMax: number;
  /** Oldest first. */
  readonly #departures = new Map<string, Departure>();

  constructor(wheel: DeadlineWheel, keepMs: number, topicsMax: number) {
    this.#wheel = wheel;
    this.#keepMs = keepMs;
    this.#topicsMax = topicsMax;
  }

  remember(name: TopicName, position: Remembered): void {
    const key = topicKey(name.cache, name.topic);
    const expire = { deadlineDue: () => this.#departures.delete(key) };
    const known = this.#departures.get(key);
    if (known) this.#wheel.cancel(known.expiry);
    else this.#makeRoom();
    const expiry = this.#wheel.schedule(this.#keepMs, expire);
    // Positions of one router only grow, so the first is the one that loses nothing.
    this.#departures.set(key, { position: known?.position ?? position, expiry });
  }

  /** It stays: others may come back, too. */
  find(name: TopicName): Remembered | undefined {
    return this.#departures.get(topicKey(name.cache, name.topic))?.position;
  }

  #makeRoom(): void {
    if (this.#departures.size < this.#topicsMax) return;
    const [oldest] = this.#departures;
    if (!oldest) return;
    this.#wheel.cancel(oldest[1].expiry);
    this.#departures.delete(oldest[0]);
  }
}
