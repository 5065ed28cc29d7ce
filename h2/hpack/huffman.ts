import {
  codeBits,
  codeBitsMax,
  codeCount,
  codes,
  endOfString,
  firstCode,
  firstSymbolAt,
  symbols,
} from './huffman-code.ts';

/** Codes up to this length, all of those that text is made of, are found with one look. */
const lookBits = 10;
const lookMask = (1 << lookBits) - 1;

/** By the next `lookBits` bits: symbol * 16 + length of its code; 0: the code is longer. */
const look = new Uint16Array(1 << lookBits);
for (let symbol = 0; symbol < endOfString; symbol += 1) {
  const bits = codeBits[symbol] as number;
  if (bits > lookBits) continue;
  const first = (codes[symbol] as number) << (lookBits - bits);
  look.fill(symbol * 16 + bits, first, first + (1 << (lookBits - bits)));
}

/** The octets are not a string in this code. */
export const notHuffman = -1;

/**
 * Decodes the octets from `start` to `end` into `into`, as far as it has room.
 * @returns the length of the string, also if `into` is shorter; `notHuffman` if the last octet is filled with anything but
 * the begin of EOS, with 8 bits or more of it, or if EOS is in the string (RFC 7541 section 5.2)
 */
export function huffmanDecode(
  from: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
): number {
  const room = into.length;
  let at = start;
  let length = 0;
  /** The last `held` bits of `bits` are the ones to come. */
  let bits = 0;
  let held = 0;
  for (;;) {
    while (held <= 16 && at < end) {
      bits = ((bits << 8) | (from[at] as number)) & 0xff_ffff;
      at += 1;
      held += 8;
    }
    if (held === 0) return length;
    const next = held >= lookBits ? bits >>> (held - lookBits) : bits << (lookBits - held);
    const found = look[next & lookMask] as number;
    const codeLength = found & 15;
    if (found !== 0 && codeLength <= held) {
      if (length < room) into[length] = found >>> 4;
      held -= codeLength;
    } else {
      if (at === end && held < 8 && isPadding(bits, held)) return length;
      const position = at * 8 - held;
      const long = longSymbol(from, position, end * 8);
      if (long === notHuffman) return notHuffman;
      if (length < room) into[length] = long;
      // The code may end within an octet that is not read yet, or within the ones that are.
      const after = position + (codeBits[long] as number);
      at = (after + 7) >>> 3;
      held = at * 8 - after;
      bits = held > 0 ? (from[at - 1] as number) : 0;
    }
    length += 1;
  }
}

/** Bit by bit; `position` and `end` are in bits. */
function longSymbol(from: Uint8Array, position: number, end: number): number {
  let code = 0;
  for (let length = 1; length <= codeBitsMax && position + length <= end; length += 1) {
    const at = position + length - 1;
    code = code * 2 + (((from[at >>> 3] as number) >>> (7 - (at & 7))) & 1);
    const rank = code - (firstCode[length] as number);
    if (rank < 0 || rank >= (codeCount[length] as number)) continue;
    const symbol = symbols[(firstSymbolAt[length] as number) + rank] as number;
    return symbol === endOfString ? notHuffman : symbol;
  }
  return notHuffman;
}

function isPadding(bits: number, held: number): boolean {
  const ones = (1 << held) - 1;
  return (bits & ones) === ones;
}

/** Octets that `text` has in this code. One character an octet. */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let at = 0; at < text.length; at += 1) bits += codeBits[text.charCodeAt(at)] as number;
  return (bits + 7) >>> 3;
}

/** Writes `text` at `at`; there is room for `huffmanLength(text)`. */
export function huffmanEncode(text: string, into: Uint8Array, at: number): void {
  /** A number and not 32 bits: up to 7 + 30 bits are held. */
  let bits = 0;
  let held = 0;
  let to = at;
  for (let next = 0; next < text.length; next += 1) {
    const symbol = text.charCodeAt(next);
    const length = codeBits[symbol] as number;
    bits = bits * 2 ** length + (codes[symbol] as number);
    held += length;
    while (held >= 8) {
      held -= 8;
      const octet = Math.floor(bits / 2 ** held);
      into[to] = octet;
      bits -= octet * 2 ** held;
      to += 1;
    }
  }
  if (held > 0) into[to] = (bits << (8 - held)) | ((1 << (8 - held)) - 1);
}
