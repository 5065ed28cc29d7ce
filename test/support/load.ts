import { Latencies } from './latencies.ts';
import { LightClient } from './light-client.ts';
import type { LightSubscription, StreamEnd } from './light-subscription.ts';
import { measured, round } from './measured.ts';
import type { Counts } from './oracle/index.ts';
import { probe } from './probe.ts';
import { RawClient } from './raw-client.ts';
import { SdkClient } from './sdk-client.ts';
import type { SdkSubscription } from './sdk-subscription.ts';
import { sound } from './settle.ts';
import { type PublisherOptions, SteadyPublishers } from './steady-publishers.ts';
import { until } from './until.ts';
import { Watch } from './watch.ts';
import { type WireEnds, WireRecord } from './wire-record.ts';

/** How much of everything; all of it together is what must go on unnoticed while a cluster changes. */
export interface LoadSize {
  /** Besides the hot one. */
  readonly topics: number;
  /** On each of them. */
  readonly publishesPerSecond: number;
  readonly hotPublishesPerSecond: number;
  /** Subscriptions of `LightClient` and of the SDK. */
  readonly light: Spread;
  readonly sdk: Spread;
}

export interface Spread {
  /** Of the hot topic. */
  readonly hot: number;
  /** Of the others together. */
  readonly others: number;
  /** Subscriptions that share a client. */
  readonly perClient: number;
}

/** 500 publishes a second on 101 topics, 600 subscriptions, a third of them the SDK's; 200 are of the hot topic. */
export const fullLoad: LoadSize = {
  topics: 100,
  publishesPerSecond: 4,
  hotPublishesPerSecond: 100,
  light: { hot: 180, others: 220, perClient: 20 },
  sdk: { hot: 20, others: 180, perClient: 25 },
};

/** What clients noticed of one change. */
export interface Noticed {
  readonly deliveries: number;
  readonly latencyMsP50: number;
  readonly latencyMsP99: number;
  /** The latest delivery to a light client, and to an SDK. */
  readonly lightMsMax: number;
  readonly sdkMsMax: number;
  readonly answerMsMax: number;
  readonly failedPublishes: number;
  /** How often a subscription came back on a new stream: of the one that did so most often, and all together. */
  readonly movesMax: number;
  readonly moves: number;
  /** Of light clients' streams. */
  readonly ends: readonly StreamEnd[];
  /** Of the SDK's streams. */
  readonly wire: WireEnds;
  /** How often an SDK told of a connection that it lost. */
  readonly connectionsLost: number;
}

const cache = 'cache';
const hotTopic = 'hot';
/** Publishers of the hot topic: each awaits its answers. */
const hotPublishers = 5;
const publishingClients = 4;
const attachedWithinMs = 60_000;
const keepAliveTimeoutMs = 20_000;

/** Clients of every kind at work on a cluster, watched by one oracle. */
export class Load {
  readonly watch = new Watch();
  readonly topics: readonly string[];
  readonly sdk: SdkSubscription[] = [];
  readonly light: LightSubscription[] = [];
  readonly #wire: WireRecord;
  readonly #clients: LightClient[] = [];
  readonly #raw: RawClient[];
  /** Of each topic the pages on which items came, with when the last one did. */
  readonly #pages = new Map<string, Map<number, number>>();
  #publishers: SteadyPublishers | undefined;
  #latencies = { light: new Latencies(), sdk: new Latencies() };

  private constructor(endpoint: string, wire: WireRecord, size: LoadSize) {
    this.#wire = wire;
    this.topics = [hotTopic, ...Array.from({ length: size.topics }, (_, n) => `topic-${n}`)];
    this.#raw = Array.from(
      { length: publishingClients },
      () => new RawClient(endpoint, this.watch),
    );
  }

  /**
   * Resolves when every subscription has heard something and stands on a stream without a deadline. It works on until it
   * is closed, also when the test that it was for fails: `onTestFinished` and the like are where to close it.
   */
  static async start(endpoint: string, size: LoadSize = fullLoad): Promise<Load> {
    const load = new Load(endpoint, await WireRecord.open(endpoint), size);
    try {
      await load.#begin(endpoint, size);
    } catch (error) {
      load.close();
      throw error;
    }
    return load;
  }

  /** A client to publish and subscribe with beside the load. */
  get client(): RawClient {
    const [first] = this.#raw;
    if (!first) throw new Error('there is no client');
    return first;
  }

  /** Pages on which items of a topic came. */
  pagesOf(topic: string): readonly number[] {
    return [...(this.#pages.get(topic)?.keys() ?? [])];
  }

  /** When the last item of a page came, on the monotonic clock. */
  lastArrivalMs(topic: string, page: number): number {
    return this.#pages.get(topic)?.get(page) ?? Number.NEGATIVE_INFINITY;
  }

  /** Runs `change`, and says what clients noticed of it. */
  async during(what: string, change: () => Promise<void>): Promise<Noticed> {
    const publishers = this.#working();
    this.#latencies = { light: new Latencies(), sdk: new Latencies() };
    publishers.answerMsMax = 0;
    this.#wire.mark();
    const failed = publishers.failed;
    const streams = this.#all().map((subscription) => subscription.streams);
    const ends = this.#clients.map((client) => client.ends.length);
    const lost = this.#connectionsLost();
    const startMs = performance.now();
    await change();
    const tookMs = performance.now() - startMs;
    const { light, sdk } = this.#latencies;
    const moves = this.#all().map((subscription, n) => subscription.streams - (streams[n] ?? 0));
    const noticed: Noticed = {
      deliveries: light.count + sdk.count,
      latencyMsP50: Latencies.quantileMs([light, sdk], 0.5),
      latencyMsP99: Latencies.quantileMs([light, sdk], 0.99),
      lightMsMax: light.maxMs,
      sdkMsMax: sdk.maxMs,
      answerMsMax: publishers.answerMsMax,
      failedPublishes: publishers.failed - failed,
      movesMax: Math.max(...moves),
      moves: moves.reduce((sum, each) => sum + each, 0),
      ends: this.#clients.flatMap((client, n) => client.ends.slice(ends[n])),
      wire: this.#wire.ends(),
      connectionsLost: this.#connectionsLost() - lost,
    };
    measured(`${what}: ${round(tookMs / 1000, 1)} s; ${inWords(noticed)}`);
    return noticed;
  }

  /** Of all streams of light clients that were over, the last one last. */
  get ends(): readonly StreamEnd[] {
    const ends = this.#clients.flatMap((client) => client.ends);
    return ends.toSorted((one, other) => one.atMs - other.atMs);
  }

  /** Failed publishes so far. */
  get failed(): number {
    return this.#working().failed;
  }

  /** The first of them, in words. */
  get failures(): readonly string[] {
    return this.#working().failures;
  }

  /**
   * Ends publishing, probes every topic, waits until all is settled and judges.
   * @throws Error when the history isn't sound.
   */
  async stop(): Promise<Counts> {
    await this.#working().stop();
    const probeMs = await probe(this.watch, this.client, cache, this.topics);
    const { counts } = await sound(this.watch);
    measured(
      `${counts.acked} of ${counts.published} publishes acknowledged, ${counts.delivered} deliveries to ` +
        `${counts.subscriptions} subscriptions on ${counts.streams} streams, ${counts.discontinuities} discontinuities, ` +
        `${counts.silentLosses} lost; probe ${round(probeMs)} ms`,
    );
    return counts;
  }

  /** Ends everything at once; answers that are still due are lost on it. */
  close(): void {
    void this.#publishers?.stop();
    for (const subscription of this.sdk) subscription.close();
    for (const client of [...this.#clients, ...this.#raw]) client.close();
    this.#wire.close();
  }

  async #begin(endpoint: string, size: LoadSize): Promise<void> {
    await this.#subscribe(endpoint, size);
    this.#publish(endpoint, size);
    await until('every subscription hears', attachedWithinMs, () =>
      this.#all().every(({ items }) => items > 0),
    );
    // The SDK's first stream has a deadline of 5 s, before which the router ends it.
    await until('the first streams of the SDK are over', attachedWithinMs, () =>
      this.sdk.every(({ streams }) => streams > 1),
    );
    this.#working().forget();
  }

  #all(): readonly (SdkSubscription | LightSubscription)[] {
    return [...this.sdk, ...this.light];
  }

  #connectionsLost(): number {
    return this.sdk.reduce((sum, { connectionsLost }) => sum + connectionsLost, 0);
  }

  #working(): SteadyPublishers {
    if (!this.#publishers) throw new Error('the load was not started');
    return this.#publishers;
  }

  async #subscribe(endpoint: string, { light, sdk }: LoadSize): Promise<void> {
    for (const topics of this.#shares(light)) {
      const client = new LightClient(endpoint, this.watch);
      this.#clients.push(client);
      for (const topic of topics) {
        this.light.push(client.subscribe(cache, topic, this.#arrivals(topic, 'light')));
      }
    }
    for (const topics of this.#shares(sdk)) {
      const client = new SdkClient(this.#wire.endpoint, this.watch, { keepAliveTimeoutMs });
      const subscribed = topics.map((topic) =>
        client.subscribe(cache, topic, this.#arrivals(topic, 'sdk')),
      );
      this.sdk.push(...(await Promise.all(subscribed)));
    }
    await Promise.all(this.light.map(({ attached }) => attached));
  }

  #publish(endpoint: string, size: LoadSize): void {
    const everyMs = 1000 / size.publishesPerSecond;
    const hotEveryMs = (1000 * hotPublishers) / size.hotPublishesPerSecond;
    const clients = [...this.#raw, new SdkClient(endpoint, this.watch, { keepAliveTimeoutMs })];
    const publisher = (topic: string, n: number, every: number, of: number): PublisherOptions => {
      const client = clients[n % clients.length];
      if (!client) throw new Error('there is no client');
      return { cache, topic, client, everyMs: every, offsetMs: (every * n) / of };
    };
    this.#publishers = new SteadyPublishers(this.watch, [
      ...Array.from({ length: hotPublishers }, (_, n) =>
        publisher(hotTopic, n, hotEveryMs, hotPublishers),
      ),
      ...this.topics
        .slice(1)
        .map((topic, n) => publisher(topic, n, everyMs, this.topics.length - 1)),
    ]);
  }

  /** Topics to subscribe to, client by client; the hot topic is spread over all of them. */
  #shares({ hot, others, perClient }: Spread): string[][] {
    const cold = this.topics.slice(1);
    const wanted = [
      ...Array.from({ length: hot }, () => hotTopic),
      ...Array.from({ length: others }, (_, n) => cold[n % cold.length] ?? hotTopic),
    ];
    const count = Math.ceil(wanted.length / perClient);
    return Array.from({ length: count }, (_, n) =>
      wanted.filter((_topic, index) => index % count === n),
    );
  }

  #arrivals(
    topic: string,
    kind: 'light' | 'sdk',
  ): { item(id: string, atMs: number, at: { page: number }): void } {
    const pages = this.#pages.get(topic) ?? new Map<number, number>();
    this.#pages.set(topic, pages);
    return {
      item: (id, atMs, { page }) => {
        this.#latencies[kind].add(this.watch.ageMs(id, atMs));
        pages.set(page, atMs);
      },
    };
  }
}

function inWords(noticed: Noticed): string {
  const { ends, wire } = noticed;
  const light = [...new Set(ends.map(kindOf))].map((kind) => {
    return `${ends.filter((end) => kindOf(end) === kind).length} ${kind}`;
  });
  return (
    `${noticed.deliveries} deliveries, p50 ${round(noticed.latencyMsP50)} ms, p99 ${round(noticed.latencyMsP99)} ms, ` +
    `max ${round(noticed.lightMsMax)} ms, with the SDK ${round(noticed.sdkMsMax)} ms; answers within ${round(noticed.answerMsMax)} ms, ` +
    `${noticed.failedPublishes} publishes failed; ${noticed.moves} moves of subscriptions, at most ${noticed.movesMax} of one; ` +
    `streams ended: light ${light.join(', ') || 'none'}; SDK ${wire.afterGoaway} after GOAWAY, ${wire.unannounced} without, ` +
    `${wire.cancelled} cancelled, ${wire.reset} reset, ${noticed.connectionsLost} told of as lost`
  );
}

function kindOf({ how, code, afterGoaway }: StreamEnd): string {
  return `${how}${code === 0 ? '' : ` ${code}`} ${afterGoaway ? 'after GOAWAY' : 'without GOAWAY'}`;
}

/** In which ways streams were over, of both kinds of clients; those that cost something: `cut`, `reset`, … */
export function endsOf({ ends, wire, connectionsLost }: Noticed): string[] {
  const kinds = new Set(ends.map(kindOf));
  if (wire.afterGoaway > 0) kinds.add('ok after GOAWAY');
  if (wire.unannounced > 0) kinds.add('SDK: without GOAWAY');
  if (wire.cancelled > 0) kinds.add('SDK: cancelled');
  if (wire.reset > 0) kinds.add('SDK: reset');
  if (connectionsLost > 0) kinds.add('SDK: connection lost');
  return [...kinds].toSorted();
}
