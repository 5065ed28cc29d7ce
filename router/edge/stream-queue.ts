import type { Connection } from './engine.ts';
import type { Stream, Streams } from './streams.ts';

/**
 * Streams to end, connection by connection, the oldest first: a client that has many streams on one moves once. Streams
 * that come meanwhile are in it, too.
 */
export class StreamQueue {
  readonly #streams: Streams;
  readonly #concerns: (connection: Connection) => boolean;
  /** Handed out, but still open: they wait for their first message. */
  readonly #waiting = new Set<Stream>();
  #ordered: Stream[] = [];

  /** @param concerns which connections' streams are in it; default: all */
  constructor(streams: Streams, concerns: (connection: Connection) => boolean = () => true) {
    this.#streams = streams;
    this.#concerns = concerns;
  }

  /** Open streams that were not handed out. */
  get size(): number {
    let size = 0;
    for (const _ of this.remaining()) size += 1;
    return size;
  }

  *remaining(): Iterable<Stream> {
    for (const stream of this.#waiting) {
      if (!this.#streams.has(stream)) this.#waiting.delete(stream);
    }
    for (const stream of this.#streams.all()) {
      if (this.#concerns(stream.connection) && !this.#waiting.has(stream)) yield stream;
    }
  }

  next(): Stream | undefined {
    for (;;) {
      // Empty at first, and again should streams have come since.
      if (this.#ordered.length === 0) this.#order();
      const stream = this.#ordered.pop();
      if (stream !== undefined && !this.#streams.has(stream)) continue;
      if (stream !== undefined) this.#waiting.add(stream);
      return stream;
    }
  }

  #order(): void {
    this.#ordered = [...this.remaining()].sort(
      (one, other) => other.connection.id - one.connection.id,
    );
  }
}
