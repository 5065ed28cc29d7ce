import type { Server } from '../servers/index.ts';
import type { Wire } from '../wire/index.ts';
import { between, Load } from './load.ts';
import type { Running, Sample, Scenario } from './scenario.ts';

export interface Shape {
  readonly connections: number;
  /** Publishes on each connection that wait for their acknowledgement; for each that comes another one leaves. */
  readonly inFlight: number;
  /** As one call for all publishes of a connection, where a server has that. */
  readonly isStreamed?: boolean;
}

const topics = 64;

/** Publishes, each acknowledged, to topics that nobody has subscribed to. */
export function publishes(
  name: string,
  title: string,
  shape: Shape,
  contenders: readonly string[],
): Scenario {
  return {
    ...{ name, title, operation: 'publish', contenders },
    prepare: (server, wire) => Publishing.open(shape, server, wire),
  };
}

class Publishing implements Running {
  readonly #load: Load;
  readonly #first: (() => void)[] = [];
  #isOver = true;
  #next = 0;
  #published = 0;
  #acknowledged = 0;

  private constructor(load: Load) {
    this.#load = load;
  }

  static async open(
    { connections, inFlight, isStreamed }: Shape,
    server: Server,
    wire: Wire,
  ): Promise<Publishing> {
    const running = new Publishing(new Load(server, wire));
    for (let n = 0; n < connections; n++) await running.#connect(inFlight, isStreamed);
    return running;
  }

  async measure(ms: number): Promise<Sample> {
    const load = this.#load;
    const before = this.#acknowledged;
    const cpuBefore = load.cpuNs();
    const startMs = performance.now();
    const isDue = () => performance.now() - startMs >= ms;
    this.#isOver = false;
    for (const publish of this.#first) publish();
    await load.until(
      () => 'acknowledgements',
      () => isDue(),
    );
    this.#isOver = true;
    await load.until(
      () => `${this.#published - this.#acknowledged} of ${this.#published} acknowledgements`,
      () => this.#acknowledged === this.#published,
    );
    return {
      operations: this.#acknowledged - before,
      seconds: (performance.now() - startMs) / 1000,
      cpuNs: between(cpuBefore, load.cpuNs()),
    };
  }

  close(): void {
    this.#load.close();
  }

  async #connect(inFlight: number, isStreamed?: boolean): Promise<void> {
    const publish = (count: number) => {
      publisher.publish(Array.from({ length: count }, () => this.#next++ % topics));
      this.#published += count;
    };
    const publisher = await this.#load.publisher((count) => {
      this.#acknowledged += count;
      if (!this.#isOver) publish(count);
    }, isStreamed);
    this.#first.push(() => publish(inFlight));
  }
}
