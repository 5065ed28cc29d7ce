import { DynamicTable, initialTableBytes } from './dynamic-table.ts';
import { type Field, field, fieldBytes, fieldOverheadBytes } from './field.ts';
import { huffmanDecode, notHuffman } from './huffman.ts';
import { BlockReader } from './integer.ts';
import { LiteralMemo } from './literal-memo.ts';
import { staticCount, staticFields } from './static-table.ts';

export interface HpackDecoderBounds {
  /**
   * The largest table that the peer may ask for: our SETTINGS_HEADER_TABLE_SIZE, at least the 4,096 that the peer may use
   * before it has read ours.
   */
  readonly tableBytesMax: number;
  /** The longest list that is decoded: our SETTINGS_MAX_HEADER_LIST_SIZE, counted as RFC 9113 section 6.5.2 says. */
  readonly listBytesMax: number;
}

export type HpackProblem =
  /** Nothing that comes after it can be decoded: a connection error of type COMPRESSION_ERROR. */
  | { readonly problem: 'compression'; readonly detail: string }
  /** Concerns one message. The block was read to its end, the table is right, and the next block can be decoded. */
  | { readonly problem: 'list-too-large'; readonly listBytes: number };

/**
 * Decodes the header blocks of one peer, in the order in which they came (RFC 7541).
 *
 * What a block says is bounded before anything is kept of it: a field that has room neither in the list nor in the table is
 * measured, not made. The caller bounds the block itself. An indexed field costs a look-up: the list holds the table's own
 * object. A field that is sent again and again without being indexed is recognised by its octets.
 */
export class HpackDecoder {
  readonly #bounds: HpackDecoderBounds;
  readonly #table: DynamicTable;
  readonly #memo = new LiteralMemo();

  constructor(bounds: HpackDecoderBounds) {
    this.#bounds = bounds;
    this.#table = new DynamicTable(Math.min(bounds.tableBytesMax, initialTableBytes));
  }

  /** What the table holds, as RFC 7541 section 4.1 counts. */
  get tableBytes(): number {
    return this.#table.bytes;
  }

  /**
   * @param block one whole header block: what HEADERS or PUSH_PROMISE and its CONTINUATION frames carry, joined. Nothing of
   * it is kept.
   * @returns the fields in their order, or what is wrong. Which names may stand where is not looked at; `Field.valid` is
   * there for each.
   */
  decode(block: Uint8Array): readonly Field[] | HpackProblem {
    const reader = new BlockReader(block);
    const fields: Field[] = [];
    const { listBytesMax } = this.#bounds;
    let listBytes = 0;
    while (!reader.done) {
      const first = block[reader.at] as number;
      if (first >= 0x80) {
        const index = reader.integer(7);
        if (index === undefined) return badInteger;
        const known = this.#at(index);
        if (known === undefined) return noSuchIndex(index);
        listBytes += fieldBytes(known);
        if (listBytes <= listBytesMax) fields.push(known);
        continue;
      }
      if (first >> 5 === 1) {
        const problem = this.#resize(reader, listBytes > 0);
        if (problem) return problem;
        continue;
      }
      const decoded = this.#literal(reader, first, listBytesMax - listBytes - fieldOverheadBytes);
      if (typeof decoded === 'number') {
        listBytes += decoded;
      } else if ('problem' in decoded) {
        return decoded;
      } else {
        listBytes += fieldBytes(decoded);
        if (listBytes <= listBytesMax) fields.push(decoded);
      }
    }
    return listBytes <= listBytesMax ? fields : { problem: 'list-too-large', listBytes };
  }

  #resize(reader: BlockReader, isLate: boolean): HpackProblem | undefined {
    if (isLate) return broken('a table size update follows a field');
    const bytes = reader.integer(5);
    if (bytes === undefined) return badInteger;
    if (bytes > this.#bounds.tableBytesMax) {
      return broken(
        `a table of ${bytes} octets, at most ${this.#bounds.tableBytesMax} are allowed`,
      );
    }
    this.#table.resize(bytes);
    return undefined;
  }

  #at(index: number): Field | undefined {
    return index <= staticCount ? staticFields[index] : this.#table.at(index - staticCount - 1);
  }

  /**
   * @param listRoom octets that name and value may have to be in the list
   * @returns the field, or what a field that has room nowhere adds to the list
   */
  #literal(reader: BlockReader, first: number, listRoom: number): Field | number | HpackProblem {
    const isIndexed = first >= 0x40;
    const isNeverIndexed = !isIndexed && first >= 0x10;
    const tableRoom = isIndexed ? this.#table.bytesMax - fieldOverheadBytes : 0;
    const room = Math.max(listRoom, tableRoom, 0);
    const index = reader.integer(isIndexed ? 6 : 4);
    if (index === undefined) return badInteger;
    let name: string | number | HpackProblem;
    if (index === 0) {
      name = readText(reader, room);
      if (typeof name === 'object') return name;
    } else {
      const named = this.#at(index);
      if (named === undefined) return noSuchIndex(index);
      name = named.name;
    }
    if (typeof name === 'number') return this.#tooLarge(reader, name, isIndexed);
    const decoded = isIndexed
      ? readField(reader, name, room)
      : this.#remembered(reader, name, isNeverIndexed, room);
    if (typeof decoded === 'number') {
      if (isIndexed) this.#table.clear();
    } else if (isIndexed && 'name' in decoded) {
      this.#table.insert(decoded);
    }
    return decoded;
  }

  /** The name alone is too long; its value is measured. A field that is larger than the table empties it. */
  #tooLarge(reader: BlockReader, nameBytes: number, isIndexed: boolean): number | HpackProblem {
    const value = readText(reader, 0);
    if (typeof value === 'object') return value;
    if (isIndexed) this.#table.clear();
    const valueBytes = typeof value === 'number' ? value : value.length;
    return nameBytes + valueBytes + fieldOverheadBytes;
  }

  #remembered(
    reader: BlockReader,
    name: string,
    isNeverIndexed: boolean,
    room: number,
  ): Field | number | HpackProblem {
    const start = reader.at;
    const length = readLength(reader);
    if (typeof length === 'object') return length;
    const end = reader.at + length;
    const known = this.#memo.find(name, isNeverIndexed, reader.bytes, start, end);
    if (known) {
      reader.at = end;
      return known;
    }
    reader.at = start;
    const decoded = readField(reader, name, room, isNeverIndexed);
    if (typeof decoded === 'object' && 'name' in decoded) {
      this.#memo.keep(decoded, reader.bytes, start, end);
    }
    return decoded;
  }
}

const isHuffman = 0x80;

/** The octets of the string at `reader.at`, which goes on to the first of them. */
function readLength(reader: BlockReader): number | HpackProblem {
  const length = reader.integer(7);
  if (length === undefined) return badInteger;
  if (length > reader.bytes.length - reader.at) return broken('a string is cut off');
  return length;
}

/** The string at `reader.at`, or its length if that is over `room`. */
function readText(reader: BlockReader, room: number): string | number | HpackProblem {
  const coded = ((reader.bytes[reader.at] ?? 0) & isHuffman) !== 0;
  const length = readLength(reader);
  if (typeof length === 'object') return length;
  const start = reader.at;
  reader.at += length;
  if (!coded) return length > room ? length : reader.bytes.toString('latin1', start, reader.at);
  makeRoom(Math.min(room, Math.ceil(length * huffmanRatioMax)));
  const decoded = huffmanDecode(reader.bytes, start, reader.at, scratch);
  if (decoded === notHuffman) return broken('a string is not in the Huffman code');
  return decoded > room ? decoded : scratch.toString('latin1', 0, decoded);
}

/** The rest of a field at `reader.at`, its value; or what the field adds to a list if name and value are over `room`. */
function readField(
  reader: BlockReader,
  name: string,
  room: number,
  neverIndexed = false,
): Field | number | HpackProblem {
  const value = readText(reader, Math.max(0, room - name.length));
  if (typeof value === 'object') return value;
  if (typeof value === 'number') return name.length + value + fieldOverheadBytes;
  return field(name, value, neverIndexed);
}

/** The shortest code has 5 bits. */
const huffmanRatioMax = 8 / 5;

/** Where Huffman strings are decoded. One for all: it is used within one call only. */
let scratch = Buffer.allocUnsafeSlow(4096);

function makeRoom(bytes: number): void {
  if (bytes > scratch.length) scratch = Buffer.allocUnsafeSlow(bytes);
}

const badInteger: HpackProblem = broken('an integer is cut off or too long');

function noSuchIndex(index: number): HpackProblem {
  return broken(`no field has index ${index}`);
}

function broken(detail: string): HpackProblem {
  return { problem: 'compression', detail };
}
