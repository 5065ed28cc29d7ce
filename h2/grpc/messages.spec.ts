import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageReader, messagePrefixBytes, writeMessagePrefix } from './messages.ts';

function framed(message: Uint8Array): Buffer {
  const bytes = Buffer.alloc(messagePrefixBytes + message.length);
  writeMessagePrefix(bytes, 0, message.length);
  bytes.set(message, messagePrefixBytes);
  return bytes;
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [...at.map((place) => place % (bytes.length + 1)), 0, bytes.length];
  const sorted = places.toSorted((one, other) => one - other);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

describe('messages of gRPC', () => {
  it('come out whole and in order, wherever they were cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 10 }),
        fc.array(fc.nat(3000), { maxLength: 30 }),
        (messages, places) => {
          const taken: Buffer[] = [];
          const reader = new MessageReader(400, (message) => taken.push(Buffer.from(message)));
          for (const piece of cut(Buffer.concat(messages.map(framed)), places)) {
            expect(reader.push(piece)).toBeUndefined();
          }
          expect(taken).toEqual(messages.map((message) => Buffer.from(message)));
        },
      ),
    );
  });

  it('are not copied when they come in one piece', () => {
    const piece = Buffer.concat([framed(Buffer.from('one')), framed(Buffer.from('two'))]);
    const taken: Uint8Array[] = [];
    new MessageReader(10, (message) => taken.push(message)).push(piece);
    expect(taken.map(({ buffer }) => buffer === piece.buffer)).toEqual([true, true]);
  });

  it('of more than the bound are refused as soon as that is known, as are compressed ones', () => {
    const taken: Uint8Array[] = [];
    const reader = () => new MessageReader(10, (message) => taken.push(message));
    const large = framed(Buffer.alloc(11));
    expect(reader().push(large.subarray(0, 5))).toContain('11 bytes, more than the 10');
    const longest = Buffer.from([0, 0xff, 0xff, 0xff, 0xff]);
    expect(reader().push(longest)).toContain('4294967295 bytes');
    const compressed = framed(Buffer.alloc(1));
    compressed[0] = 1;
    expect(reader().push(compressed)).toContain('compressed');
    expect(taken).toEqual([]);
    expect(reader().push(framed(Buffer.alloc(10)))).toBeUndefined();
    expect(taken).toHaveLength(1);
  });
});
