import type { Headers } from '../engine.ts';
import { initialTableBytes } from './dynamic-table.ts';
import { field } from './field.ts';
import { huffmanEncode, huffmanLength } from './huffman.ts';
import { writeInteger } from './integer.ts';
import { staticIndexOf, staticIndexOfName } from './static-table.ts';

/**
 * Encodes header blocks for one peer (RFC 7541), without a dynamic table: what is sent again and again is a few octets from
 * the static table, or a whole block that was encoded once for all peers. Secrets (`authorization` and cookies) are marked
 * as never to be indexed.
 */
export class HpackEncoder {
  #peerTable: 'as it began' | 'to be emptied' | 'empty' = 'as it began';

  /**
   * The peer's SETTINGS_HEADER_TABLE_SIZE. A peer that takes less than it began with has to be told that this was heard
   * (RFC 7541 section 4.2): the next block begins with an empty table, and none fills it.
   */
  peerTableBytes(bytes: number): void {
    const isSmaller = bytes < initialTableBytes;
    if (isSmaller && this.#peerTable === 'as it began') this.#peerTable = 'to be emptied';
  }

  /**
   * One whole block; the caller cuts it into frames. It may be shared: don't change it. Frozen `headers` are encoded once
   * in this process, so freeze what is constant.
   * @throws TypeError for a name or value that may not be sent (RFC 9113 section 8.2.1), a mistake of the caller
   */
  encode(headers: Headers): Uint8Array {
    const block = Object.isFrozen(headers) ? constantBlock(headers) : blockOf(headers);
    if (this.#peerTable !== 'to be emptied') return block;
    this.#peerTable = 'empty';
    const resized = new Uint8Array(1 + block.length);
    resized[0] = tableOfNoBytes;
    resized.set(block, 1);
    return resized;
  }
}

/** A table size update to 0. */
const tableOfNoBytes = 0x20;

const constantBlocks = new WeakMap<Headers, Uint8Array>();

function constantBlock(headers: Headers): Uint8Array {
  let block = constantBlocks.get(headers);
  if (block === undefined) {
    block = blockOf(headers);
    constantBlocks.set(headers, block);
  }
  return block;
}

const secrets: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'set-cookie',
]);

/** Where a block is put together. One for all: it is used within one call only. */
let scratch = new Uint8Array(1024);

function blockOf(headers: Headers): Uint8Array {
  let at = 0;
  for (const name in headers) {
    const value = String(headers[name]);
    checkField(name, value);
    // No field is longer than its octets and three integers.
    makeRoom(at, name.length + value.length + 3 * integerOctetsMax);
    at = writeField(name, value, at);
  }
  return scratch.slice(0, at);
}

const integerOctetsMax = 6;

function makeRoom(used: number, bytes: number): void {
  if (used + bytes <= scratch.length) return;
  const larger = new Uint8Array(2 * (used + bytes));
  larger.set(scratch.subarray(0, used));
  scratch = larger;
}

function writeField(name: string, value: string, at: number): number {
  const index = staticIndexOf(name, value);
  if (index !== undefined) return writeInteger(index, 7, 0x80, scratch, at);
  const pattern = secrets.has(name) ? 0x10 : 0x00;
  const nameIndex = staticIndexOfName(name) ?? 0;
  const to = writeInteger(nameIndex, 4, pattern, scratch, at);
  return writeText(value, nameIndex === 0 ? writeText(name, to) : to);
}

function writeText(text: string, at: number): number {
  const coded = huffmanLength(text);
  if (coded < text.length) {
    const to = writeInteger(coded, 7, 0x80, scratch, at);
    huffmanEncode(text, scratch, to);
    return to + coded;
  }
  const to = writeInteger(text.length, 7, 0x00, scratch, at);
  for (let from = 0; from < text.length; from += 1) scratch[to + from] = text.charCodeAt(from);
  return to + text.length;
}

const wide = /[^\0-\xff]/;

function checkField(name: string, value: string): void {
  if (field(name, value).valid && !wide.test(value)) return;
  throw new TypeError(
    `the header ${JSON.stringify(name)} may not be sent: ${JSON.stringify(value)}`,
  );
}
