import { codeBits, codes, endOfString } from '../huffman-code.ts';
import { staticFields } from '../static-table.ts';

/** `name: value` of each field, never-indexed ones with a `!` in front; or what is wrong. */
export type TwinResult =
  | { readonly fields: readonly string[] }
  | { readonly problem: 'compression' }
  | { readonly problem: 'list-too-large'; readonly listBytes: number };

class Broken extends Error {}

/** Decodes header blocks the way one would with paper: whole strings of bits, whole arrays, no bound before its time. */
export class HpackTwin {
  /** Newest first. */
  #table: (readonly [name: string, value: string])[] = [];
  #tableBytesMax: number;
  readonly #tableBytesLimit: number;
  readonly #listBytesMax: number;

  constructor(tableBytesMax: number, listBytesMax: number) {
    this.#tableBytesLimit = tableBytesMax;
    this.#tableBytesMax = Math.min(tableBytesMax, 4096);
    this.#listBytesMax = listBytesMax;
  }

  get tableBytes(): number {
    return sum(this.#table.map(bytesOf));
  }

  decode(block: Uint8Array): TwinResult {
    try {
      return this.#decode([...block]);
    } catch (error) {
      if (error instanceof Broken) return { problem: 'compression' };
      throw error;
    }
  }

  #decode(rest: number[]): TwinResult {
    const fields: (readonly [string, string, boolean])[] = [];
    while (rest.length > 0) {
      const first = rest[0] as number;
      if (first >= 128) {
        fields.push([...this.#at(integer(rest, 7)), false]);
      } else if (first >= 64) {
        const added = this.#literal(rest, 6);
        this.#table.unshift(added);
        this.#evict();
        fields.push([...added, false]);
      } else if (first >= 32) {
        if (fields.length > 0) throw new Broken();
        this.#tableBytesMax = integer(rest, 5);
        if (this.#tableBytesMax > this.#tableBytesLimit) throw new Broken();
        this.#evict();
      } else {
        fields.push([...this.#literal(rest, 4), first >= 16]);
      }
    }
    const listBytes = sum(fields.map(([name, value]) => bytesOf([name, value])));
    if (listBytes > this.#listBytesMax) return { problem: 'list-too-large', listBytes };
    return { fields: fields.map(([name, value, never]) => `${never ? '!' : ''}${name}: ${value}`) };
  }

  #literal(rest: number[], prefixBits: number): readonly [string, string] {
    const index = integer(rest, prefixBits);
    const name = index === 0 ? text(rest) : this.#at(index)[0];
    return [name, text(rest)];
  }

  #at(index: number): readonly [string, string] {
    const known = staticFields[index];
    const found = known ? ([known.name, known.value] as const) : this.#table[index - 62];
    if (!found) throw new Broken();
    return found;
  }

  #evict(): void {
    while (this.tableBytes > this.#tableBytesMax) this.#table.pop();
  }
}

function bytesOf([name, value]: readonly [string, string]): number {
  return name.length + value.length + 32;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function octet(rest: number[]): number {
  const first = rest.shift();
  if (first === undefined) throw new Broken();
  return first;
}

function integer(rest: number[], prefixBits: number): number {
  const full = 2 ** prefixBits - 1;
  const prefix = octet(rest) % (full + 1);
  if (prefix < full) return prefix;
  let value = BigInt(full);
  for (let read = 0; read < 5; read += 1) {
    const next = octet(rest);
    value += BigInt(next % 128) << BigInt(7 * read);
    if (next < 128) return Number(value);
  }
  throw new Broken();
}

function text(rest: number[]): string {
  const isCoded = (rest[0] ?? 0) >= 128;
  const length = integer(rest, 7);
  if (length > rest.length) throw new Broken();
  const octets = rest.splice(0, length);
  return isCoded ? decodeBits(octets.map((byte) => padded(byte, 8)).join('')) : latin1(octets);
}

const symbolOf = new Map<string, number>();
for (const [symbol, bits] of codeBits.entries())
  symbolOf.set(padded(codes[symbol] ?? 0, bits), symbol);

function decodeBits(bits: string): string {
  const octets: number[] = [];
  let code = '';
  for (const bit of bits) {
    code += bit;
    const symbol = symbolOf.get(code);
    if (symbol === undefined) continue;
    if (symbol === endOfString) throw new Broken();
    octets.push(symbol);
    code = '';
  }
  if (code.length > 7 || code.includes('0')) throw new Broken();
  return latin1(octets);
}

function padded(number: number, bits: number): string {
  return number.toString(2).padStart(bits, '0');
}

function latin1(octets: readonly number[]): string {
  return Buffer.from(octets).toString('latin1');
}
