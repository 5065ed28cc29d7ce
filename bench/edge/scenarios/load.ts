import { setTimeout as delay } from 'node:timers/promises';
import { cpuNs } from '../machine/usage.ts';
import type { Server } from '../servers/index.ts';
import type { Connection, Publisher, Wire } from '../wire/index.ts';

/** Connections opened at once. */
const atOnce = 50;
/** Nothing that is waited for takes so long on a machine that is not stuck. */
const stuckMs = 30_000;

/** A figure for each process of a server, by its name. */
export type ByPart = Readonly<Record<string, number>>;

/** The load on one server: its connections, and what went wrong on any of them. */
export class Load {
  readonly server: Server;
  readonly #wire: Wire;
  readonly #connections: Connection[] = [];
  #fault: Error | undefined;
  #look: (() => void) | undefined;

  constructor(server: Server, wire: Wire) {
    this.server = server;
    this.#wire = wire;
  }

  /** Opens a connection for each entry, with one subscription to each of its topics. */
  async subscribe(
    connections: readonly (readonly number[])[],
    arrived: (items: number, connection: number) => void,
  ): Promise<void> {
    const rest = connections.entries();
    const work = async (): Promise<void> => {
      for (const [n, topics] of rest) {
        const told = (items: number) => {
          arrived(items, n);
          this.#look?.();
        };
        this.#connections.push(await this.#wire.subscribe(this.#target(), topics, told));
      }
    };
    await this.#unlessFailed(Promise.all(Array.from({ length: atOnce }, work)));
  }

  /** @param isStreamed through one call for all publishes, where there is one */
  async publisher(
    acknowledged?: (publishes: number) => void,
    isStreamed = false,
  ): Promise<Publisher> {
    const told =
      acknowledged &&
      ((publishes: number) => {
        acknowledged(publishes);
        this.#look?.();
      });
    const wire = this.#wire;
    const opening =
      isStreamed && wire.publishStream
        ? wire.publishStream(this.#target(), told)
        : wire.publisher(this.#target(), told);
    const publisher = await this.#unlessFailed(opening);
    this.#connections.push(publisher);
    return publisher;
  }

  /**
   * Resolves when the condition holds, which is looked at whenever something arrived.
   * @throws when a connection failed, or nothing comes any more: something was lost
   */
  async until(what: () => string, holds: () => boolean): Promise<void> {
    if (this.#fault) throw this.#fault;
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`missing after ${stuckMs / 1000} s: ${what()}`));
      }, stuckMs);
      this.#look = () => {
        if (!this.#fault && !holds()) return;
        this.#look = undefined;
        clearTimeout(timer);
        if (this.#fault) reject(this.#fault);
        else resolve();
      };
    });
  }

  /** Waits, with everything open. @throws when a connection failed meanwhile */
  async hold(ms: number): Promise<void> {
    await delay(ms);
    if (this.#fault) throw this.#fault;
  }

  cpuNs(): ByPart {
    return Object.fromEntries(this.server.parts.map(({ name, pid }) => [name, cpuNs(pid)]));
  }

  close(): void {
    for (const connection of this.#connections.splice(0)) connection.close();
  }

  #target() {
    const fail = (why: Error) => {
      this.#fault ??= why;
      this.#look?.();
    };
    return { port: this.server.port, fail };
  }

  /** A connection on which something fails while it opens may never say that it is open. */
  async #unlessFailed<T>(opening: Promise<T>): Promise<T> {
    let isOpen = false;
    const failed = this.until(
      () => 'connections that open',
      () => isOpen,
    );
    const opened = opening.then((value) => {
      isOpen = true;
      this.#look?.();
      return value;
    });
    await Promise.race([failed, opened]);
    return opened;
  }
}

/** What it grew by between two looks. */
export function between(before: ByPart, after: ByPart): ByPart {
  const grown = Object.entries(after).map(
    ([name, value]) => [name, value - (before[name] ?? 0)] as const,
  );
  return Object.fromEntries(grown);
}
