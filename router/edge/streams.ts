import type { Connection } from '../../h2/index.ts';

/** A subscription's stream, as those see it who move clients. */
export interface Stream {
  readonly connection: Connection;
  /** Whether its client can say where it was. */
  readonly informed: boolean;
  /** Ends with OK: at once, or right after its first message if that is not out yet. Harmless when repeated. */
  finish(): void;
}

/** Every subscription of the edge that was not ended, by connection. */
export class Streams {
  readonly #open = new Map<Connection, Set<Stream>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(stream: Stream): void {
    const { connection } = stream;
    const others = this.#open.get(connection);
    if (others) others.add(stream);
    else this.#open.set(connection, new Set([stream]));
    this.#size += 1;
  }

  delete(stream: Stream): void {
    const streams = this.#open.get(stream.connection);
    if (!streams?.delete(stream)) return;
    this.#size -= 1;
    if (streams.size === 0) this.#open.delete(stream.connection);
  }

  of(connection: Connection): Iterable<Stream> {
    return this.#open.get(connection) ?? [];
  }

  holds(connection: Connection): boolean {
    return this.#open.has(connection);
  }
}
