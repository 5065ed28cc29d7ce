import type { Server } from '../servers/index.ts';
import type { Wire } from '../wire/index.ts';
import type { ByPart } from './load.ts';

/** What one server did in one round. */
export interface Sample {
  /** Deliveries, publishes or subscriptions: see `Scenario.operation`. */
  readonly operations: number;
  readonly seconds: number;
  /** CPU time, user and system, in nanoseconds. */
  readonly cpuNs: ByPart;
  /** From the time at which something was due to be sent. */
  readonly latencyMs?: { readonly p50: number; readonly p99: number; readonly p999: number };
  /** By which the processes grew for each operation. */
  readonly bytes?: ByPart;
  /** What the processes held before, in bytes. */
  readonly emptyBytes?: ByPart;
}

/** One load, on one server. */
export interface Running {
  /** Applies the load for about this long. */
  measure(ms: number): Promise<Sample>;
  close(): void;
}

export interface Scenario {
  /** For `--only`, and in the result. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Of what the costs are told. */
  readonly operation: 'delivery' | 'publish' | 'subscription' | 'second';
  /** The contenders that can do it, by name; undefined: all. */
  readonly contenders?: readonly string[];
  /** It tells of a server that has just been started: each round needs another one. */
  readonly isFresh?: boolean;
  /** It looks at memory: servers collect garbage when told. */
  readonly isObserved?: boolean;
  /** Where rounds take long, and differ little. */
  readonly roundsMax?: number;
  /** The shortest round that tells anything. */
  readonly msMin?: number;
  /** Opens connections and subscriptions. */
  prepare(server: Server, wire: Wire): Promise<Running>;
}
