import { setTimeout as delay } from 'node:timers/promises';
import { residentBytes } from '../machine/usage.ts';
import type { Server } from '../servers/index.ts';
import type { Wire } from '../wire/index.ts';
import { type ByPart, between, Load } from './load.ts';
import type { Running, Sample, Scenario } from './scenario.ts';

export interface Shape {
  readonly connections: number;
  /** Subscriptions on each. */
  readonly streams: number;
}

/** As many subscriptions share a topic. */
const subscribersPerTopic = 10;
/** What a server does about new connections has been done by then. */
const settleMs = 1_000;

/** Subscriptions to a server that has just been started: what they cost to set up, and what one holds that does nothing. */
export function subscriptions(
  name: string,
  title: string,
  shape: Shape,
  contenders?: readonly string[],
): Scenario {
  return {
    ...{ name, title, operation: 'subscription', isFresh: true, isObserved: true },
    roundsMax: 3,
    ...(contenders && { contenders }),
    prepare: async (server, wire) => new Subscribing(shape, server, wire),
  };
}

class Subscribing implements Running {
  readonly #shape: Shape;
  readonly #load: Load;

  constructor(shape: Shape, server: Server, wire: Wire) {
    this.#shape = shape;
    this.#load = new Load(server, wire);
  }

  async measure(): Promise<Sample> {
    const load = this.#load;
    const before = await residentOf(load);
    const cpuBefore = load.cpuNs();
    const startMs = performance.now();
    await load.subscribe(spread(this.#shape), () => {});
    const seconds = (performance.now() - startMs) / 1000;
    const cpuNs = between(cpuBefore, load.cpuNs());
    const after = await residentOf(load);
    const operations = this.#shape.connections * this.#shape.streams;
    const grown = Object.entries(between(before, after));
    const bytes = Object.fromEntries(grown.map(([name, all]) => [name, all / operations] as const));
    return { operations, seconds, cpuNs, bytes, emptyBytes: before };
  }

  close(): void {
    this.#load.close();
  }
}

/** Subscriptions that get nothing but heartbeats: what a server does for them in a second, and whether it grows. */
export function idling(name: string, title: string, shape: Shape): Scenario {
  return {
    ...{ name, title, operation: 'second', isObserved: true },
    ...{ contenders: ['topicplane'], msMin: 15_000, roundsMax: 2 },
    prepare: async (server, wire) => {
      const load = new Load(server, wire);
      await load.subscribe(spread(shape), () => {});
      return new Idling(load);
    },
  };
}

class Idling implements Running {
  readonly #load: Load;

  constructor(load: Load) {
    this.#load = load;
  }

  async measure(ms: number): Promise<Sample> {
    const load = this.#load;
    const before = await residentOf(load);
    const cpuBefore = load.cpuNs();
    const startMs = performance.now();
    await load.hold(ms);
    const seconds = (performance.now() - startMs) / 1000;
    const cpuNs = between(cpuBefore, load.cpuNs());
    const grown = Object.entries(between(before, await residentOf(load)));
    return {
      operations: seconds,
      seconds,
      cpuNs,
      bytes: Object.fromEntries(grown.map(([part, all]) => [part, all / seconds] as const)),
    };
  }

  close(): void {
    this.#load.close();
  }
}

/** Without garbage, where it can be collected. */
async function residentOf({ server }: Load): Promise<ByPart> {
  await delay(settleMs);
  await server.collect?.();
  return Object.fromEntries(server.parts.map(({ name, pid }) => [name, residentBytes(pid)]));
}

function spread({ connections, streams }: Shape): readonly (readonly number[])[] {
  const topics = (connections * streams) / subscribersPerTopic;
  return Array.from({ length: connections }, (_, connection) =>
    Array.from({ length: streams }, (_each, stream) => (connection * streams + stream) % topics),
  );
}
