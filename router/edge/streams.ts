import type { Connection } from '../../h2/index.ts';

/** A call that goes on, as those see it who move clients. */
export interface Stream {
  readonly connection: Connection;
  /** A subscription, or something else that its client would keep open for ever. */
  readonly isSubscription: boolean;
  /** Whether its client can say where it was. */
  readonly informed: boolean;
  /** Ends with OK: at once, or as soon as what it owes its client is out. Harmless when repeated. */
  finish(): void;
}

/** Every such call of the edge that was not ended, by connection. */
export class Streams {
  readonly #open = new Map<Connection, Set<Stream>>();
  /** Those whose clients were told to open nothing more there. */
  readonly #left = new WeakSet<Connection>();
  #subscriptions = 0;

  get subscriptions(): number {
    return this.#subscriptions;
  }

  add(stream: Stream): void {
    const { connection } = stream;
    const others = this.#open.get(connection);
    if (others) others.add(stream);
    else this.#open.set(connection, new Set([stream]));
    if (stream.isSubscription) this.#subscriptions += 1;
    // Opened before the client had heard of it: nobody else would end it.
    if (this.#left.has(connection)) stream.finish();
  }

  /**
   * Ends what is open on a connection whose client was told to open nothing more there, and what it opens all the same.
   * @returns streams that were open
   */
  leave(connection: Connection): number {
    this.#left.add(connection);
    const open = [...this.of(connection)];
    for (const stream of open) stream.finish();
    return open.length;
  }

  delete(stream: Stream): void {
    const streams = this.#open.get(stream.connection);
    if (!streams?.delete(stream)) return;
    if (stream.isSubscription) this.#subscriptions -= 1;
    if (streams.size === 0) this.#open.delete(stream.connection);
  }

  of(connection: Connection): Iterable<Stream> {
    return this.#open.get(connection) ?? [];
  }

  holds(connection: Connection): boolean {
    return this.#open.has(connection);
  }
}
