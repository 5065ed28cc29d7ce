import { quantile } from '../../figures.ts';
import type { Server } from '../servers/index.ts';
import type { Publisher, Wire } from '../wire/index.ts';
import { between, Load } from './load.ts';
import type { Running, Sample, Scenario } from './scenario.ts';

export interface Shape {
  readonly topics: number;
  /** Of each topic, each with a connection of its own. */
  readonly subscribers: number;
  readonly publishesPerSecond: number;
}

/** Items are published at a fixed rate, whatever arrives; their age at each subscriber is what is told. */
export function latency(
  name: string,
  title: string,
  shape: Shape,
  contenders: readonly string[],
): Scenario {
  return {
    ...{ name, title, operation: 'delivery', contenders },
    prepare: (server, wire) => Pacing.open(shape, server, wire),
  };
}

/**
 * Topics have their turns, so publish n is the item n / topics of its topic; the items of a subscription arrive in order, so it
 * is enough to count them. The load never sleeps: it would be late for what it is to send and to receive.
 */
class Pacing implements Running {
  readonly #shape: Shape;
  readonly #load: Load;
  #publisher: Publisher | undefined;
  /** Items that each subscriber has. */
  readonly #received: number[];
  /** When each publish of all rounds was due. */
  readonly #dueMs: number[] = [];
  #latenciesMs: number[] = [];
  #arrived = 0;

  private constructor(shape: Shape, load: Load) {
    this.#shape = shape;
    this.#load = load;
    this.#received = Array.from({ length: shape.topics * shape.subscribers }, () => 0);
  }

  static async open(shape: Shape, server: Server, wire: Wire): Promise<Pacing> {
    const running = new Pacing(shape, new Load(server, wire));
    const wanted = running.#received.map((_, n) => [n % shape.topics]);
    await running.#load.subscribe(wanted, (items, n) => running.#take(items, n));
    running.#publisher = await running.#load.publisher(wire.acknowledges ? () => {} : undefined);
    return running;
  }

  async measure(ms: number): Promise<Sample> {
    const { publishesPerSecond, subscribers } = this.#shape;
    this.#latenciesMs = [];
    const load = this.#load;
    const before = this.#arrived;
    const cpuBefore = load.cpuNs();
    const startMs = performance.now();
    const count = Math.max(1, Math.round((ms / 1000) * publishesPerSecond));
    const target = this.#dueMs.length * subscribers + count * subscribers;
    for (let sent = 0; sent < count; ) {
      const nowMs = performance.now();
      for (; sent < count; sent++) {
        const dueMs = startMs + (sent * 1000) / publishesPerSecond;
        if (dueMs > nowMs) break;
        this.#send(dueMs);
      }
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await load.until(
      () => `${target - this.#arrived} of ${target} items`,
      () => this.#arrived >= target,
    );
    const cpuNs = between(cpuBefore, load.cpuNs());
    const at = (share: number) => quantile(this.#latenciesMs, share);
    return {
      operations: this.#arrived - before,
      seconds: (performance.now() - startMs) / 1000,
      cpuNs,
      latencyMs: { p50: at(0.5), p99: at(0.99), p999: at(0.999) },
    };
  }

  close(): void {
    this.#load.close();
  }

  #send(dueMs: number): void {
    const topic = this.#dueMs.length % this.#shape.topics;
    this.#dueMs.push(dueMs);
    this.#publisher?.publish([topic]);
  }

  #take(items: number, subscriber: number): void {
    const nowMs = performance.now();
    const { topics } = this.#shape;
    const received = this.#received[subscriber] ?? 0;
    for (let n = received; n < received + items; n++) {
      const dueMs = this.#dueMs[n * topics + (subscriber % topics)];
      this.#latenciesMs.push(nowMs - (dueMs ?? Number.NaN));
    }
    this.#received[subscriber] = received + items;
    this.#arrived += items;
  }
}
