import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Headers } from '../engine.ts';
import { HpackEncoder } from './encoder.ts';
import { codeBits } from './huffman-code.ts';
import { HpackTwin } from './testing/twin.ts';

function readBack(block: Uint8Array): unknown {
  return new HpackTwin(4096, 1_000_000).decode(block);
}

const plainName = fc
  .string({
    unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789-_.'.split('')),
    minLength: 1,
  })
  .filter((name) => !/^\d+$/.test(name));
const names = fc.oneof(plainName, fc.constantFrom('content-type', 'grpc-status', 'x-bin', 'te'));
const octets = fc
  .integer({ min: 1, max: 255 })
  .filter((code) => code !== 10 && code !== 13)
  .map((code) => String.fromCharCode(code));
const values = fc
  .oneof(
    fc.string({ unit: octets, maxLength: 300 }),
    fc.constantFrom('trailers', 'application/grpc'),
  )
  .map((value) => value.trim());

describe('a block', () => {
  it('says what it was made of', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(names, values), { selector: ([name]) => name, maxLength: 30 }),
        (fields) => {
          const headers: Headers = { ':status': 200, ...Object.fromEntries(fields) };
          expect(readBack(new HpackEncoder().encode(headers))).toEqual({
            fields: [':status: 200', ...fields.map(([name, value]) => `${name}: ${value}`)],
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is as short as the static table and the shorter of both kinds of strings make it', () => {
    const encoder = new HpackEncoder();
    expect(hexOf(encoder.encode({ ':status': 200 }))).toBe('88');
    expect(hexOf(encoder.encode({ 'content-type': 'application/grpc' }))).toBe(
      '0f108b1d75d0620d263d4c4d6564',
    );
    expect(hexOf(encoder.encode({ 'content-type': '\u00ff' }))).toBe('0f1001ff');
  });

  it('marks secrets as never to be indexed', () => {
    const block = new HpackEncoder().encode({ authorization: 'me', 'set-cookie': 'a', te: 'b' });
    expect(readBack(block)).toEqual({ fields: ['!authorization: me', '!set-cookie: a', 'te: b'] });
  });

  it('of a frozen set is made once, for all peers', () => {
    const constant = Object.freeze({ ':status': 200, 'content-type': 'application/grpc' });
    expect(new HpackEncoder().encode(constant)).toBe(new HpackEncoder().encode(constant));
    const changing: Record<string, string> = { a: '1' };
    const first = new HpackEncoder().encode(changing);
    changing['a'] = '2';
    expect(new HpackEncoder().encode(changing)).not.toEqual(first);
  });

  it.each([
    ['A', 'b'],
    ['a', 'b\r\nc: d'],
    ['a', ' b'],
    ['a', '€'],
    ['', 'b'],
  ])('is not made of %j: %j', (name, value) => {
    expect(() => new HpackEncoder().encode({ [name]: value })).toThrow(TypeError);
  });
});

describe('a peer that takes a smaller table', () => {
  const headers = Object.freeze({ ':status': 200 });

  it('hears once that it has none', () => {
    const encoder = new HpackEncoder();
    encoder.peerTableBytes(0);
    encoder.peerTableBytes(100);
    expect(hexOf(encoder.encode(headers))).toBe('2088');
    encoder.peerTableBytes(50);
    expect(hexOf(encoder.encode(headers))).toBe('88');
  });

  it('is the only one that does', () => {
    const encoder = new HpackEncoder();
    encoder.peerTableBytes(4096);
    encoder.peerTableBytes(65_536);
    expect(hexOf(encoder.encode(headers))).toBe('88');
  });
});

describe('the Huffman code', () => {
  it('is complete: no sequence of bits means nothing', () => {
    expect([...codeBits].reduce((sum, bits) => sum + 2 ** -bits, 0)).toBe(1);
  });
});

function hexOf(block: Uint8Array): string {
  return Buffer.from(block).toString('hex');
}
