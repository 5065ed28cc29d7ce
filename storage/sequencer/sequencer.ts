import { type Content, encodeItem } from './encode.ts';
import { Slab } from './slab.ts';

/** Numbers the items of one topic: gap-free from 1 within the page it was made for. */
export class Sequencer {
  readonly page: number;
  #head = 0;
  readonly #memory = new Slab();

  constructor(page: number) {
    this.page = page;
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

  /** To be called when none of its items is retained any more. */
  release(): void {
    this.#memory.release();
  }
}
