/** What one topic retains. Changeable at any time: bounds are handed in with every call. */
export interface HistoryBounds {
  readonly itemsMax: number;
  /** Of encoded items. */
  readonly bytesMax: number;
  readonly ageMsMax: number;
}

/** What an item costs beside its encoded bytes: two slots, the buffer object and its backing store. */
export const itemOverheadBytes = 256;

const SLOTS_MIN = 4;
const nothing: never[] = [];

/**
 * The newest items of one topic, without a gap: sequences `first` to `end - 1`. A ring of slots that grows and
 * shrinks with what it holds; an empty history holds no memory.
 *
 *     slots   [ . . 7 8 9 10 . . ]    #start = 2, count = 4, end = 11, first = 7
 *
 * Appending and evicting are O(1), amortised over growth. Items past their age may linger until the next call
 * that is given the time; they are never read.
 */
export class History {
  #items: (Uint8Array | undefined)[] = nothing;
  #atMs: number[] = nothing;
  #start = 0;
  #count = 0;
  #bytes = 0;
  #end: number;

  /** @param first the sequence of the first item to come. */
  constructor(first = 1) {
    this.#end = first;
  }

  /** The oldest sequence retained; `end` when nothing is. */
  get first(): number {
    return this.#end - this.#count;
  }

  /** The sequence of the next item to come. */
  get end(): number {
    return this.#end;
  }

  get count(): number {
    return this.#count;
  }

  /** Of encoded items. */
  get bytes(): number {
    return this.#bytes;
  }

  /** `bytes` and what the items cost beside them. */
  get retainedBytes(): number {
    return this.#bytes + this.#count * itemOverheadBytes;
  }

  /** Room for so many items is allocated. */
  get slots(): number {
    return this.#items.length;
  }

  /**
   * Takes the item with sequence `end`. The newest item is retained whatever its size, alone if it has to be: every
   * item that is accepted can be resumed from.
   */
  append(item: Uint8Array, nowMs: number, bounds: HistoryBounds): void {
    this.#end += 1;
    if (this.#count > 0 && this.#count >= bounds.itemsMax) this.#evictOldest();
    if (this.#count === this.#items.length) this.#resize(Math.max(SLOTS_MIN, this.#count * 2));
    const slot = (this.#start + this.#count) & (this.#items.length - 1);
    this.#items[slot] = item;
    this.#atMs[slot] = nowMs;
    this.#count += 1;
    this.#bytes += item.length;
    this.trim(nowMs, bounds);
  }

  /** Evicts what exceeds the bounds, oldest first. */
  trim(nowMs: number, bounds: HistoryBounds): void {
    const sinceMs = nowMs - bounds.ageMsMax;
    while (
      this.#count > 0 &&
      (this.#count > bounds.itemsMax ||
        (this.#bytes > bounds.bytesMax && this.#count > 1) ||
        (this.#atMs[this.#start] ?? 0) < sinceMs)
    ) {
      this.#evictOldest();
    }
    if (this.#count === 0) this.clear();
    else if (this.#count * 8 <= this.#items.length && this.#items.length > SLOTS_MIN) {
      this.#resize(Math.max(SLOTS_MIN, this.#items.length / 4));
    }
  }

  /**
   * Items from `sequence` on, or from `first` if that is later; at most the first that fit `bytesMax`, but one in any
   * case. Call `trim` before, for the age to hold.
   */
  from(sequence: number, bytesMax = Number.POSITIVE_INFINITY): Uint8Array[] {
    const items: Uint8Array[] = [];
    let bytes = 0;
    for (let index = Math.max(0, sequence - this.first); index < this.#count; index++) {
      const item = this.#items[(this.#start + index) & (this.#items.length - 1)];
      if (!item) break;
      bytes += item.length;
      if (bytes > bytesMax && items.length > 0) break;
      items.push(item);
    }
    return items;
  }

  /** How long ago each of the newest `count` items was appended, oldest first, in whole milliseconds. */
  agesMs(count: number, nowMs: number): number[] {
    const ages: number[] = [];
    for (let index = this.#count - Math.min(count, this.#count); index < this.#count; index++) {
      const slot = (this.#start + index) & (this.#items.length - 1);
      ages.push(Math.max(0, Math.round(nowMs - (this.#atMs[slot] ?? nowMs))));
    }
    return ages;
  }

  /** The first sequence that was appended at `sinceMs` or later; `end` when none was. */
  firstSince(sinceMs: number): number {
    let sequence = this.#end;
    for (let index = this.#count - 1; index >= 0; index--) {
      const slot = (this.#start + index) & (this.#items.length - 1);
      if ((this.#atMs[slot] ?? 0) < sinceMs) break;
      sequence -= 1;
    }
    return sequence;
  }

  /** Releases everything; the numbering goes on. */
  clear(): void {
    this.#items = nothing;
    this.#atMs = nothing;
    this.#start = 0;
    this.#count = 0;
    this.#bytes = 0;
  }

  #evictOldest(): void {
    this.#bytes -= this.#items[this.#start]?.length ?? 0;
    this.#items[this.#start] = undefined;
    this.#start = (this.#start + 1) & (this.#items.length - 1);
    this.#count -= 1;
  }

  /** @param slots a power of two, at least `count` */
  #resize(slots: number): void {
    const items: (Uint8Array | undefined)[] = [];
    const atMs: number[] = [];
    for (let index = 0; index < slots; index++) {
      const slot = (this.#start + index) & (this.#items.length - 1);
      items.push(index < this.#count ? this.#items[slot] : undefined);
      atMs.push(index < this.#count ? (this.#atMs[slot] ?? 0) : 0);
    }
    this.#items = items;
    this.#atMs = atMs;
    this.#start = 0;
  }
}
