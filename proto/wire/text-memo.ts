import { isUtf8 } from 'node:buffer';

/** Longer texts aren't kept; each kept one costs some 300 bytes. */
export const memoTextBytesMax = 64;
const slotCount = 1024;

interface Kept {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/**
 * Texts that came before, by their bytes. Names come again and again: to find one costs less than to decode it, and the
 * string that comes out is the same one, whose hash maps need not compute again. Bounded: a text takes the place of
 * another whose hash is the same.
 */
export class TextMemo {
  readonly #slots: (Kept | undefined)[] = Array.from({ length: slotCount }, () => undefined);

  /** The text that is encoded from `start` up to `end`; undefined: that is not UTF-8. */
  textOf(bytes: Uint8Array, start: number, end: number): string | undefined {
    if (end - start > memoTextBytesMax) return decoded(bytes, start, end);
    let hash = end - start;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & (slotCount - 1);
    const kept = this.#slots[slot];
    if (kept !== undefined && isSame(kept.bytes, bytes, start, end)) return kept.text;
    const text = decoded(bytes, start, end);
    // A copy: the `slice` of a Buffer would keep all alive that came with the message.
    const copy = new Uint8Array(bytes.subarray(start, end));
    if (text !== undefined) this.#slots[slot] = { bytes: copy, text };
    return text;
  }
}

function isSame(kept: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (kept.length !== end - start) return false;
  for (let at = 0; at < kept.length; at++) if (kept[at] !== bytes[start + at]) return false;
  return true;
}

function decoded(bytes: Uint8Array, start: number, end: number): string | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  return isUtf8(view) ? view.toString('utf8') : undefined;
}
