/** The protobuf encoding, as far as requests need it: tags, varints, length-delimited fields, skipping. */

/** The bytes are not a message. Caught where requests are decoded; the text is for the client. */
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

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get more(): boolean {
    return this.#at < this.#bytes.length;
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

  /** The content of a length-delimited field: a view, not a copy. */
  bytes(): Uint8Array {
    const length = this.#varint();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new MalformedMessage('a field is longer than the message');
    const view = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return view;
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
        this.bytes();
        return;
      case groupStart:
        return this.#skipGroup(Math.floor(tag / 8), depth + 1);
      default:
        throw new MalformedMessage('it has an invalid wire type');
    }
  }

  /** Exact below 2^53; a larger value comes out as some number above. */
  #varint(): number {
    let value = 0;
    for (let factor = 1, left = varintBytesMax; left > 0; left -= 1, factor *= 128) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw new MalformedMessage('it is cut off');
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
    if (this.#at > this.#bytes.length) throw new MalformedMessage('it is cut off');
  }
}
