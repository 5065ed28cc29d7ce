/**
 * Integers of RFC 7541 section 5.1. Nothing that a block needs takes more octets after the first one; what goes on for
 * longer is refused, and all that is not refused is exact.
 */
const octetsMax = 5;

/** @param pattern the bits of the first octet that are not the prefix. @returns where the next octet goes */
export function writeInteger(
  value: number,
  prefixBits: number,
  pattern: number,
  into: Uint8Array,
  at: number,
): number {
  const full = 2 ** prefixBits - 1;
  if (value < full) {
    into[at] = pattern | value;
    return at + 1;
  }
  into[at] = pattern | full;
  let to = at + 1;
  let rest = value - full;
  for (; rest >= 128; rest = Math.floor(rest / 128)) {
    into[to] = (rest % 128) | 128;
    to += 1;
  }
  into[to] = rest;
  return to + 1;
}

/** Reads one block. */
export class BlockReader {
  readonly bytes: Buffer;
  at = 0;

  constructor(block: Uint8Array) {
    this.bytes = Buffer.isBuffer(block)
      ? block
      : Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  /** At `at`, with a prefix of `prefixBits`. Undefined: cut off, or too long. */
  integer(prefixBits: number): number | undefined {
    const full = (1 << prefixBits) - 1;
    const first = this.bytes[this.at];
    if (first === undefined) return undefined;
    this.at += 1;
    let value = first & full;
    if (value < full) return value;
    for (let read = 0, unit = 1; read < octetsMax; read += 1, unit *= 128) {
      const octet = this.bytes[this.at];
      if (octet === undefined) return undefined;
      this.at += 1;
      value += (octet & 127) * unit;
      if (octet < 128) return value;
    }
    return undefined;
  }
}
