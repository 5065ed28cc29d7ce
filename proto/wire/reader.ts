import type { TextMemo } from './text-memo.ts';

/** The bytes are not a message. Caught where messages are decoded; the text is for whoever sent them. */
export class MalformedMessage extends Error {}

const varint = 0;
const fixed64 = 1;
const delimited = 2;
const groupStart = 3;
const groupEnd = 4;
const fixed32 = 5;

const groupDepthMax = 32;
const varintBytesMax = 10;

/** The tag of a field: its number and wire type as they are on the wire. */
export function varintTag(field: number): number {
  return field * 8 + varint;
}

export function delimitedTag(field: number): number {
  return field * 8 + delimited;
}

/** Reads a message front to back, without copying. */
export class WireReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** Of the message that is read: the outermost, or the one that was entered last. */
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  get more(): boolean {
    return this.#at < this.#end;
  }

  tag(): number {
    const tag = this.#varint();
    // Field numbers have 29 bits and start at 1.
    if (tag > 0xffffffff || tag < 8) throw new MalformedMessage('it has an invalid field tag');
    return tag;
  }

  /** An unsigned number of up to 64 bits; refused when a JS number can't hold it exactly. */
  uint(what: string): number {
    const value = this.#varint();
    if (value > Number.MAX_SAFE_INTEGER) {
      throw new MalformedMessage(`${what} is above the largest possible number, 2^53 - 1`);
    }
    return value;
  }

  /** Of a number that has 32 bits, as protobuf cuts it. */
  uint32(): number {
    return this.#varint() >>> 0;
  }

  bool(): boolean {
    return this.#varint() !== 0;
  }

  /** The content of a length-delimited field: a view, not a copy. */
  bytes(): Uint8Array {
    const end = this.#endOfField();
    const view = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return view;
  }

  /** The content of a field that is text. */
  text(what: string, memo: TextMemo): string {
    const end = this.#endOfField();
    const text = memo.textOf(this.#bytes, this.#at, end);
    if (text === undefined) throw new MalformedMessage(`its ${what} is not UTF-8`);
    this.#at = end;
    return text;
  }

  /** Goes into the message in a field: `more` speaks of that one, until `leave` with what this returned. */
  enter(): number {
    const outer = this.#end;
    this.#end = this.#endOfField();
    return outer;
  }

  leave(outer: number): void {
    this.#end = outer;
  }

  /** Passes over the field whose tag was just read. */
  skip(tag: number, depth = 0): void {
    switch (tag % 8) {
      case varint:
        this.#varint();
        return;
      case fixed64:
        return this.#advance(8);
      case fixed32:
        return this.#advance(4);
      case delimited:
        this.#at = this.#endOfField();
        return;
      case groupStart:
        return this.#skipGroup(Math.floor(tag / 8), depth + 1);
      default:
        throw new MalformedMessage('it has an invalid wire type');
    }
  }

  #endOfField(): number {
    const length = this.#varint();
    const end = this.#at + length;
    if (end > this.#end) throw new MalformedMessage('a field is longer than the message');
    return end;
  }

  /** Exact below 2^53; a larger value comes out as some number above. */
  #varint(): number {
    const first = this.#bytes[this.#at] as number;
    if (first < 128 && this.#at < this.#end) {
      this.#at += 1;
      return first;
    }
    return this.#longVarint();
  }

  #longVarint(): number {
    let value = 0;
    for (let factor = 1, left = varintBytesMax; left > 0; left -= 1, factor *= 128) {
      if (this.#at >= this.#end) throw new MalformedMessage('it is cut off');
      const byte = this.#bytes[this.#at] as number;
      this.#at += 1;
      if (byte < 128) return value + byte * factor;
      value += (byte - 128) * factor;
    }
    throw new MalformedMessage('it has a number of more than 64 bits');
  }

  #skipGroup(field: number, depth: number): void {
    if (depth > groupDepthMax) throw new MalformedMessage('it is nested too deeply');
    for (let tag = this.tag(); tag !== field * 8 + groupEnd; tag = this.tag()) {
      this.skip(tag, depth);
    }
  }

  #advance(bytes: number): void {
    this.#at += bytes;
    if (this.#at > this.#end) throw new MalformedMessage('it is cut off');
  }
}
