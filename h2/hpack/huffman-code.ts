/**
 * The lengths in bits of RFC 7541 appendix B's codes, by symbol. The code is canonical: within a length codes count up in
 * the order of the symbols, and a longer code follows the shorter ones; so the lengths say all.
 */
// biome-ignore format: 16 a row, as octets are written
const lengths: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
];

/** End of string: never in a string, but its first bits fill the last octet. */
export const endOfString = 256;

export const codeBitsMax = 30;

/** By symbol. */
export const codeBits = Uint8Array.from(lengths);
/** By symbol; right-aligned. */
export const codes = new Uint32Array(lengths.length);
/** By length: the first code of it, how many there are, and where their symbols begin in `symbols`. */
export const firstCode = new Uint32Array(codeBitsMax + 1);
export const codeCount = new Uint32Array(codeBitsMax + 1);
export const firstSymbolAt = new Uint32Array(codeBitsMax + 1);
/** Symbols in the order of their codes. */
export const symbols = new Uint16Array(lengths.length);

let next = 0;
let filled = 0;
for (let bits = 1; bits <= codeBitsMax; bits += 1) {
  next *= 2;
  firstCode[bits] = next;
  firstSymbolAt[bits] = filled;
  for (const [symbol, length] of lengths.entries()) {
    if (length !== bits) continue;
    codes[symbol] = next;
    symbols[filled] = symbol;
    next += 1;
    filled += 1;
  }
  codeCount[bits] = filled - (firstSymbolAt[bits] ?? 0);
}
