import { Oracle, type Position } from './oracle/index.ts';

/** What a subscription reports besides telling the oracle. */
export interface Arrivals {
  /** One item came, `atMs` on the monotonic clock. */
  item?(id: string, atMs: number, position: Position): void;
  /** Any message came, heartbeats and discontinuities too. */
  message?(atMs: number): void;
}

/** What both kinds of clients have in common: one oracle, names that occur once, and when things were sent. */
export class Watch {
  readonly oracle = new Oracle();
  readonly #sentMs = new Map<string, number>();
  #names = 0;

  /** A name that no other gets in this history. */
  name(prefix: string): string {
    return `${prefix}#${++this.#names}`;
  }

  started(publisher: string, topic: string, id: string): void {
    this.#sentMs.set(id, performance.now());
    this.oracle.publishStarted(publisher, topic, id);
  }

  /** Milliseconds since `id` was published. */
  ageMs(id: string, nowMs: number): number {
    return nowMs - (this.#sentMs.get(id) ?? Number.NaN);
  }
}

/** Where a reader stands, and the first item it wants when it comes back. */
export class Standing {
  #held: Position | undefined;

  get held(): Position | undefined {
    return this.#held;
  }

  hold(position: Position): void {
    this.#held = position;
  }

  /** Undefined: nothing was received yet. */
  get wanted(): Position | undefined {
    return this.#held && { ...this.#held, sequence: this.#held.sequence + 1 };
  }
}
