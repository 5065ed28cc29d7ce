import { setTimeout as delay } from 'node:timers/promises';
import { LightClient } from './light-client.ts';
import type { Load } from './load.ts';

const cache = 'cache';

/** Subscribers that come beside a load and go again, each on a connection of its own; the load's oracle judges them. */
export class Crowd {
  readonly #endpoint: string;
  readonly #load: Load;
  #clients: LightClient[] = [];
  #subscriptions = 0;

  /** @param endpoint host:port. */
  constructor(endpoint: string, load: Load) {
    this.#endpoint = endpoint;
    this.#load = load;
  }

  /** So many more clients, one after the other; resolves when all of them have heard something. */
  async grow(clients: number, subscriptionsEach: number, everyMs: number): Promise<void> {
    const { topics, watch } = this.#load;
    const attached: Promise<void>[] = [];
    for (let n = 0; n < clients; n++) {
      const client = new LightClient(this.#endpoint, watch);
      this.#clients.push(client);
      for (let each = 0; each < subscriptionsEach; each++) {
        const topic = topics[this.#subscriptions++ % topics.length] ?? '';
        attached.push(client.subscribe(cache, topic).attached);
      }
      await delay(everyMs);
    }
    await Promise.all(attached);
  }

  /** How often one of its subscriptions came back on a new stream. */
  get moves(): number {
    const subscriptions = this.#clients.flatMap((client) => client.subscriptions);
    return subscriptions.reduce((sum, { streams }) => sum + streams - 1, 0);
  }

  /** All of them go, one after the other. */
  async go(everyMs: number): Promise<void> {
    for (const client of this.#clients) {
      client.close();
      await delay(everyMs);
    }
    this.#clients = [];
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }
}
