import { varintSize, writeVarint } from './varint.ts';

// Fields of protobuf messages, as the generated code writes them. Tags are of one byte.

/** A field with its tag; nothing when it is 0. */
export function numberSize(value: number): number {
  return value === 0 ? 0 : 1 + varintSize(value);
}

export function writeNumber(target: Buffer, offset: number, tag: number, value: number): number {
  if (value === 0) return offset;
  target[offset] = tag;
  return writeVarint(target, offset + 1, value);
}

/** A message or bytes of `length` with tag and length. */
export function nestedSize(length: number): number {
  return 1 + varintSize(length) + length;
}

export function writeHead(target: Buffer, offset: number, tag: number, length: number): number {
  target[offset] = tag;
  return writeVarint(target, offset + 1, length);
}

export function writeBytes(target: Buffer, offset: number, tag: number, bytes: Uint8Array): number {
  const at = writeHead(target, offset, tag, bytes.length);
  target.set(bytes, at);
  return at + bytes.length;
}

/** A field with its tag; nothing when it is empty. */
export function textSize(text: string): number {
  return text === '' ? 0 : nestedSize(byteLength(text));
}

export function writeText(target: Buffer, offset: number, tag: number, text: string): number {
  if (text === '') return offset;
  const bytes = byteLength(text);
  const at = writeHead(target, offset, tag, bytes);
  if (bytes !== text.length || bytes > SHORT_MAX) return at + target.write(text, at, 'utf8');
  for (let index = 0; index < bytes; index++) target[at + index] = text.charCodeAt(index);
  return at + bytes;
}

/** A short text that is ASCII is measured and written faster here than by a call into the runtime. */
const SHORT_MAX = 48;

function byteLength(text: string): number {
  if (text.length > SHORT_MAX) return Buffer.byteLength(text);
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) >= 0x80) return Buffer.byteLength(text);
  }
  return text.length;
}

/** Of bodies, with the heads that go before them. */
export function nestedSizes(lengths: readonly number[]): number {
  let size = 0;
  for (const length of lengths) size += nestedSize(length);
  return size;
}

export function itemsSize(items: readonly Uint8Array[]): number {
  let size = 0;
  for (const item of items) size += nestedSize(item.length);
  return size;
}
