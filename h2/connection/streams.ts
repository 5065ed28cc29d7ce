import { EarlyEnds } from './early-ends.ts';
import { type ClosedBy, RecentlyClosed } from './recently-closed.ts';
import type { Stream } from './stream.ts';

/** The streams of a connection, as a server sees them: all are opened by the client. */
export class Streams {
  readonly #open = new Map<number, Stream>();
  readonly #closed = new RecentlyClosed();
  /** Made with the first. */
  #earlyEnds: EarlyEnds | undefined;
  /** The highest that the client used. */
  last = 0;
  /** The highest of which something was, or may have been, processed (RFC 9113 section 6.8). */
  lastServed = 0;

  /** Those that are open, or whose handlers were not told yet that they aren't. */
  get size(): number {
    return this.#open.size;
  }

  get(id: number): Stream | undefined {
    return this.#open.get(id);
  }

  all(): Iterable<Stream> {
    return this.#open.values();
  }

  add(stream: Stream): void {
    this.#open.set(stream.id, stream);
  }

  /** False: it was deleted before. */
  delete(stream: Stream): boolean {
    return this.#open.delete(stream.id);
  }

  /** Nobody has opened it, or nobody can. */
  isIdle(id: number): boolean {
    return (id & 1) === 0 || id > this.last;
  }

  closed(id: number, by: ClosedBy): void {
    this.#closed.add(id, by);
  }

  closedBy(id: number): ClosedBy | undefined {
    return this.#closed.closedBy(id);
  }

  /** Our side of it is closed before the client's. @returns whether the client may still end it by itself */
  closedEarly(id: number): boolean {
    this.#closed.add(id, 'us');
    this.#earlyEnds ??= new EarlyEnds();
    return this.#earlyEnds.add(id);
  }

  /** The client has ended a stream that is closed. */
  endedLate(id: number): void {
    this.#earlyEnds?.ended(id);
  }

  /** Time has passed. @returns streams that the client has to be asked to end */
  overdue(): readonly number[] {
    return this.#earlyEnds?.pass() ?? [];
  }
}
