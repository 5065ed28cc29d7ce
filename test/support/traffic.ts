import { setTimeout as delay } from 'node:timers/promises';
import type { Watch } from './watch.ts';

/** What both kinds of clients can do: publish, await the answer, tell the oracle. */
export interface Publisher {
  publish(
    publisher: string,
    cache: string,
    topic: string,
    id: string,
    bytesMin?: number,
  ): Promise<Error | undefined>;
}

export interface TrafficOptions {
  readonly cache: string;
  readonly topics: readonly string[];
  /** Each topic gets one awaiting publisher; they take turns on these clients. */
  readonly clients: readonly Publisher[];
  /** Pause of a publisher after each answer. */
  readonly paceMs: number;
  readonly bytesMin?: number;
}

/** How publishing went on one topic. */
export interface TopicReport {
  acked: number;
  failed: number;
  lastAckMs: number;
  /** Longest time between two acknowledgements. */
  silenceMsMax: number;
}

/** Steady publishing on many topics, one publisher a topic that awaits each answer, until stopped. */
export class Traffic {
  readonly reports = new Map<string, TopicReport>();
  readonly #running: Promise<void>[];
  #stopped = false;

  constructor(watch: Watch, options: TrafficOptions) {
    this.#running = options.topics.map(async (topic, n) => {
      const client = options.clients[n % options.clients.length];
      if (!client) throw new Error('traffic needs a client');
      await this.#publishOn(topic, client, watch, options);
    });
  }

  /** Resolves when the last answers are in. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  report(topic: string): TopicReport {
    const report = this.reports.get(topic);
    if (!report) throw new Error(`nothing was published on ${topic}`);
    return report;
  }

  /** Starts measuring silences and counting failures anew. */
  forget(): void {
    for (const report of this.reports.values()) {
      report.failed = 0;
      report.silenceMsMax = 0;
    }
  }

  async #publishOn(
    topic: string,
    client: Publisher,
    watch: Watch,
    { cache, paceMs, bytesMin }: TrafficOptions,
  ): Promise<void> {
    const publisher = watch.name(`publisher of ${topic}`);
    const report = { acked: 0, failed: 0, lastAckMs: performance.now(), silenceMsMax: 0 };
    this.reports.set(topic, report);
    while (!this.#stopped) {
      const error = await client.publish(publisher, cache, topic, watch.name(topic), bytesMin);
      if (error) {
        report.failed++;
      } else {
        const nowMs = performance.now();
        report.acked++;
        report.silenceMsMax = Math.max(report.silenceMsMax, nowMs - report.lastAckMs);
        report.lastAckMs = nowMs;
      }
      await delay(paceMs);
    }
  }
}
