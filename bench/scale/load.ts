import { setTimeout as delay } from 'node:timers/promises';
import { Latencies } from '../../test/support/latencies.ts';
import { LightClient } from '../../test/support/light-client.ts';
import { RawClient } from '../../test/support/raw-client.ts';
import { Watch } from '../../test/support/watch.ts';
import type { Wanted } from './curve.ts';

const cache = 'cache';
const topicCount = 20;
const subscriptionsPerClient = 10;
/** A publisher that has nothing to do looks this often whether there is more. */
const pauseMsMax = 500;

/** Subscribers and publishers that are as many, and as busy, as was asked for last. */
export class CurvedLoad {
  readonly watch = new Watch();
  /** Of all deliveries. */
  readonly allLatencies = new Latencies();
  acked = 0;
  failed = 0;
  readonly topics: readonly string[] = Array.from({ length: topicCount }, (_, n) => `topic-${n}`);
  readonly #endpoint: string;
  readonly #publishing: readonly Promise<void>[];
  readonly client: RawClient;
  #clients: LightClient[] = [];
  /** Of the deliveries since they were last taken. */
  #latencies = new Latencies();
  #goneNotices = 0;
  #publishesPerSecond = 0;
  #dueCount = 0;
  #dueMs = performance.now();
  #stopped = false;

  /** @param endpoint host:port. */
  constructor(endpoint: string) {
    this.#endpoint = endpoint;
    this.client = new RawClient(endpoint, this.watch);
    this.#publishing = this.topics.map((topic, n) => this.#publish(topic, n));
  }

  /** Clients that there are too many leave; the oldest stay. */
  become({ subscriptions, publishesPerSecond }: Wanted): void {
    this.#due();
    this.#publishesPerSecond = publishesPerSecond;
    const wanted = Math.max(1, Math.round(subscriptions / subscriptionsPerClient));
    while (this.#clients.length < wanted) this.#clients.push(this.#subscriber());
    for (const client of this.#clients.splice(wanted)) {
      this.#goneNotices += client.notices.length;
      client.close();
    }
  }

  get subscriptions(): number {
    return this.#clients.length * subscriptionsPerClient;
  }

  get discontinuities(): number {
    return this.#clients.reduce((sum, { notices }) => sum + notices.length, this.#goneNotices);
  }

  /** Of the deliveries since it was asked last. */
  takeLatencies(): Latencies {
    const taken = this.#latencies;
    this.#latencies = new Latencies();
    return taken;
  }

  /** Ends publishing; resolves when the last answers are in. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#publishing);
  }

  close(): void {
    this.#stopped = true;
    for (const client of this.#clients) client.close();
    this.client.close();
  }

  #subscriber(): LightClient {
    const client = new LightClient(this.#endpoint, this.watch);
    for (let n = 0; n < subscriptionsPerClient; n++) {
      const topic = this.topics[(this.#clients.length * subscriptionsPerClient + n) % topicCount];
      client.subscribe(cache, topic ?? '', {
        item: (id, atMs) => {
          const ageMs = this.watch.ageMs(id, atMs);
          this.#latencies.add(ageMs);
          this.allLatencies.add(ageMs);
        },
      });
    }
    return client;
  }

  /** Publishes that were due so far, of all topics together. */
  #due(): number {
    const nowMs = performance.now();
    this.#dueCount += ((nowMs - this.#dueMs) / 1000) * this.#publishesPerSecond;
    this.#dueMs = nowMs;
    return this.#dueCount;
  }

  /** Topics take turns, so that what is published is spread evenly at any rate. */
  async #publish(topic: string, turn: number): Promise<void> {
    const publisher = this.watch.name(`publisher of ${topic}`);
    for (let next = turn; !this.#stopped; ) {
      const missing = next - this.#due();
      if (missing > 0) {
        const waitMs = (1000 * missing) / Math.max(this.#publishesPerSecond, 1);
        await delay(Math.min(Math.ceil(waitMs), pauseMsMax));
        continue;
      }
      next += topicCount;
      const error = await this.client.publish(publisher, cache, topic, this.watch.name(topic));
      if (error) this.failed++;
      else this.acked++;
    }
  }
}
