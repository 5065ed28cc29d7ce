import { setTimeout as delay } from 'node:timers/promises';
import type { Publisher } from './traffic.ts';
import type { Watch } from './watch.ts';

export interface PublisherOptions {
  readonly cache: string;
  readonly topic: string;
  readonly client: Publisher;
  /** From the start of one publish to the start of the next; longer when the answer takes longer. */
  readonly everyMs: number;
  /** Before the first publish, so that not all publish at once. */
  readonly offsetMs: number;
}

const failuresMax = 10;

/** Publishers that each await the answer and then wait for their turn, until stopped. */
export class SteadyPublishers {
  acked = 0;
  failed = 0;
  /** The first failures, in words. */
  failures: string[] = [];
  /** Longest time from a publish to its answer. */
  answerMsMax = 0;
  readonly #running: Promise<void>[];
  #stopped = false;

  constructor(watch: Watch, publishers: readonly PublisherOptions[]) {
    this.#running = publishers.map((publisher) => this.#run(watch, publisher));
  }

  /** Resolves when the last answers are in. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  /** What was measured until now doesn't count. */
  forget(): void {
    this.failed = 0;
    this.failures = [];
    this.answerMsMax = 0;
  }

  async #run(watch: Watch, options: PublisherOptions): Promise<void> {
    const { cache, topic, client, everyMs, offsetMs } = options;
    const publisher = watch.name(`publisher of ${topic}`);
    let dueMs = performance.now() + offsetMs;
    for (;;) {
      await delay(Math.max(0, dueMs - performance.now()));
      if (this.#stopped) return;
      const startMs = performance.now();
      dueMs = Math.max(startMs, dueMs + everyMs);
      const error = await client.publish(publisher, cache, topic, watch.name(topic));
      this.answerMsMax = Math.max(this.answerMsMax, performance.now() - startMs);
      if (!error) {
        this.acked++;
        continue;
      }
      this.failed++;
      if (this.failures.length < failuresMax) this.failures.push(`${topic}: ${error.message}`);
    }
  }
}
