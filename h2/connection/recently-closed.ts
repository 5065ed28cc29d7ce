const remembered = 64;

/** Why the stream of a late frame is not there. */
export type ClosedBy = 'both' | 'us';

/**
 * The last streams that were closed. What arrives for one that we ended early was under way and is passed over; for one
 * that both sides ended it is a mistake (RFC 9113 section 5.1).
 */
export class RecentlyClosed {
  /** Stream ids, negative for those closed by us alone. Made with the first: most connections live for one stream. */
  #ids: Int32Array | undefined;
  #next = 0;

  add(stream: number, by: ClosedBy): void {
    this.#ids ??= new Int32Array(remembered);
    this.#ids[this.#next] = by === 'us' ? -stream : stream;
    this.#next = (this.#next + 1) % remembered;
  }

  /** Undefined: long ago, or never opened. */
  closedBy(stream: number): ClosedBy | undefined {
    if (this.#ids === undefined) return undefined;
    if (this.#ids.includes(-stream)) return 'us';
    return this.#ids.includes(stream) ? 'both' : undefined;
  }
}
