import type { Server } from '../servers/index.ts';
import type { Wire } from '../wire/index.ts';
import { between, Load } from './load.ts';
import type { Running, Sample, Scenario } from './scenario.ts';

export interface Shape {
  readonly connections: number;
  /** Subscriptions on each. */
  readonly streams: number;
  /** Subscriptions are spread over them in turn. */
  readonly topics: number;
  /** Publishes that leave in one write; the next ones when everything of these has arrived. */
  readonly burst: number;
}

/** Items are published, in bursts or one at a time, and are on their way until each subscription has them. */
export function deliveries(
  name: string,
  title: string,
  shape: Shape,
  contenders?: readonly string[],
): Scenario {
  return {
    ...{ name, title, operation: 'delivery', ...(contenders && { contenders }) },
    prepare: (server, wire) => Delivering.open(shape, server, wire),
  };
}

class Delivering implements Running {
  readonly #shape: Shape;
  readonly #load: Load;
  #publish: (topics: readonly number[]) => void = () => {};
  #published = 0;
  #acknowledged = 0;
  #arrived = 0;

  private constructor(shape: Shape, load: Load) {
    this.#shape = shape;
    this.#load = load;
  }

  static async open(shape: Shape, server: Server, wire: Wire): Promise<Delivering> {
    const running = new Delivering(shape, new Load(server, wire));
    await running.#open(wire);
    return running;
  }

  async measure(ms: number): Promise<Sample> {
    const load = this.#load;
    const arrivedBefore = this.#arrived;
    const cpuBefore = load.cpuNs();
    const startMs = performance.now();
    while (performance.now() - startMs < ms) await this.#burst();
    return {
      operations: this.#arrived - arrivedBefore,
      seconds: (performance.now() - startMs) / 1000,
      cpuNs: between(cpuBefore, load.cpuNs()),
    };
  }

  close(): void {
    this.#load.close();
  }

  async #open(wire: Wire): Promise<void> {
    const { connections, streams, topics } = this.#shape;
    const wanted = Array.from({ length: connections }, (_, connection) =>
      Array.from({ length: streams }, (_each, stream) => (connection * streams + stream) % topics),
    );
    await this.#load.subscribe(wanted, (items) => {
      this.#arrived += items;
    });
    const acknowledged = (publishes: number) => {
      this.#acknowledged += publishes;
    };
    const publisher = await this.#load.publisher(wire.acknowledges ? acknowledged : undefined);
    if (!wire.acknowledges) this.#acknowledged = Number.POSITIVE_INFINITY;
    this.#publish = (some) => publisher.publish(some);
  }

  async #burst(): Promise<void> {
    const { burst, topics, connections, streams } = this.#shape;
    this.#publish(Array.from({ length: burst }, (_, n) => (this.#published + n) % topics));
    this.#published += burst;
    const due = (this.#published * connections * streams) / topics;
    await this.#load.until(
      () =>
        `${due - this.#arrived} of ${due} items, ${this.#published - this.#acknowledged} acknowledgements`,
      () => this.#arrived >= due && this.#acknowledged >= this.#published,
    );
    if (this.#arrived > due) throw new Error(`${this.#arrived - due} items came twice`);
  }
}
