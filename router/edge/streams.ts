import type { Connection } from './engine.ts';

/** A subscription's stream, as those see it who move clients. */
export interface Stream {
  readonly connection: Connection;
  /** Whether its client can say where it was. */
  readonly informed: boolean;
  /** Ends with OK: at once, or right after its first message if that is not out yet. Harmless when repeated. */
  finish(): void;
}

/** Every subscription of the edge that was not ended. */
export class Streams {
  readonly #open = new Set<Stream>();

  get size(): number {
    return this.#open.size;
  }

  has(stream: Stream): boolean {
    return this.#open.has(stream);
  }

  add(stream: Stream): void {
    this.#open.add(stream);
  }

  delete(stream: Stream): void {
    this.#open.delete(stream);
  }

  all(): Iterable<Stream> {
    return this.#open;
  }
}
