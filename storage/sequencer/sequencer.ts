import { type Content, encodeItem } from './encode.ts';
import { Slab } from './slab.ts';

/** Numbers the items of one topic: gap-free within the page it was made for, from 1 or from where another left off. */
export class Sequencer {
  readonly page: number;
  #head: number;
  readonly #memory = new Slab();

  /** @param head the sequence of the last item that was numbered in this page, elsewhere; 0: none. */
  constructor(page: number, head = 0) {
    this.page = page;
    this.#head = head;
  }

  /** The sequence of the last item; 0 before the first. */
  get head(): number {
    return this.#head;
  }

  /** Memory that is kept alive beside the bytes of the items. */
  get slackBytes(): number {
    return this.#memory.slackBytes;
  }

  /** Gives the content the next sequence and encodes the item once for everyone who will see it. */
  next(content: Content, nowMs: number): Uint8Array {
    this.#head += 1;
    return encodeItem(this.#head, this.page, content, this.#memory, nowMs);
  }

  /** Copies of items that were numbered elsewhere, in the memory of this topic. */
  keep(items: readonly Uint8Array[], nowMs: number): Uint8Array[] {
    let left = 0;
    for (const item of items) left += item.length;
    return items.map((item) => {
      const kept = this.#memory.take(item.length, nowMs, left);
      kept.set(item);
      left -= item.length;
      return kept;
    });
  }

  /** To be called when none of its items is retained any more. */
  release(): void {
    this.#memory.release();
  }
}
