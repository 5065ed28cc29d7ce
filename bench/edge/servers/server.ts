import type { Pinning } from '../machine/pinning.ts';
import type { Wire } from '../wire/index.ts';

/** One process of a server. */
export interface Part {
  readonly name: string;
  readonly pid: number;
}

/** A server that runs, on loopback. */
export interface Server {
  /** For clients. */
  readonly port: number;
  /** Its processes, the one that clients speak to first. */
  readonly parts: readonly Part[];
  /** What its processes did between `start` and `stop`; only of servers that were started to be profiled. */
  readonly profiler?: Profiler;
  /** Collects garbage, where a server has any that can be collected. */
  collect?(): Promise<void>;
  stop(): Promise<void>;
}

export interface Profiler {
  start(): Promise<void>;
  /** @returns a profile for each process, as V8 writes them, by its name. */
  stop(): Promise<ReadonlyMap<string, Profile>>;
}

/** A CPU profile of V8: what is used of it. Times in microseconds. */
export interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface StartOptions {
  readonly pinning: Pinning;
  /** Whether it is to be profiled, or to collect garbage when told. */
  readonly isObserved: boolean;
}

/** A kind of server that is measured. */
export interface Contender {
  readonly name: string;
  readonly wire: Wire;
  /** Version, as the program tells it; undefined: it isn't on this machine. */
  version(): string | undefined;
  start(options: StartOptions): Promise<Server>;
}
