/** The largest chunk that items share. */
export const chunkBytesMax = 4096;

/** An item larger than this has memory of its own. */
const SHARED_BYTES_MAX = chunkBytesMax / 4;
/** A chunk that lasted this long serves a topic that is not busy: the next item gets memory of its own size. */
const BUSY_MS = 1000;

/**
 * Memory for the items of one topic. Allocating for each item costs more than all else that is done with it, and a pool
 * shared by topics would keep a page of it alive for one old item. So a topic that is busy gets chunks for itself,
 * each twice as large as the last up to `chunkBytesMax`; as a topic's items are evicted in order, at most the oldest
 * and the newest chunk are kept alive for less than they hold.
 */
export class Slab {
  #chunk: Buffer | undefined;
  #used = 0;
  #madeMs = 0;
  /** Of the largest chunk made for more than one item, which may still be in use; 0: there was none. */
  #sharedBytes = 0;

  /** What may be kept alive beyond the items taken. */
  get slackBytes(): number {
    return 2 * this.#sharedBytes;
  }

  /**
   * Memory of exactly `bytes`, not cleared.
   * @param expectedBytes what is known to be taken from now on, this with it; 0: nothing is known
   */
  take(bytes: number, nowMs: number, expectedBytes = 0): Buffer {
    if (bytes > SHARED_BYTES_MAX) return Buffer.allocUnsafeSlow(bytes);
    if (!this.#chunk || this.#used + bytes > this.#chunk.length) {
      this.#grow(bytes, nowMs, expectedBytes);
    }
    const start = this.#used;
    this.#used += bytes;
    return (this.#chunk as Buffer).subarray(start, this.#used);
  }

  /** Keeps nothing alive by itself; to be called when no item taken is in use by the topic any more. */
  release(): void {
    this.#chunk = undefined;
    this.#used = 0;
    this.#sharedBytes = 0;
  }

  #grow(bytes: number, nowMs: number, expectedBytes: number): void {
    const busy = this.#chunk !== undefined && nowMs - this.#madeMs < BUSY_MS;
    const doubled = expectedBytes === 0 && busy ? 2 * (this.#chunk?.length ?? 0) : 0;
    const wished = Math.min(chunkBytesMax, Math.max(expectedBytes, doubled));
    const shared = wished > bytes;
    if (shared) this.#sharedBytes = Math.max(this.#sharedBytes, wished);
    this.#chunk = Buffer.allocUnsafeSlow(shared ? wished : bytes);
    this.#used = 0;
    this.#madeMs = nowMs;
  }
}
