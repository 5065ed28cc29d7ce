import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Base64Reader } from './base64.ts';

function readAll(pieces: readonly Uint8Array[]): Buffer | string {
  const reader = new Base64Reader();
  const read: Uint8Array[] = [];
  for (const piece of pieces) {
    const bytes = reader.read(piece);
    if ('code' in bytes) return bytes.message;
    read.push(bytes);
  }
  return Buffer.concat(read);
}

describe('base64 of a request', () => {
  it('is read however it is cut, with texts padded each by itself', () => {
    const texts = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 });
    fc.assert(
      fc.property(texts, fc.infiniteStream(fc.integer({ min: 1, max: 7 })), (values, sizes) => {
        const text = values.map((value) => Buffer.from(value).toString('base64')).join('');
        const whole = Buffer.from(text, 'latin1');
        const pieces: Buffer[] = [];
        for (let at = 0; at < whole.length; ) {
          const size = sizes.next().value as number;
          pieces.push(whole.subarray(at, at + size));
          at += size;
        }
        expect(readAll(pieces)).toEqual(Buffer.concat(values));
      }),
    );
  });

  it.each(['AA A', 'AA\n=', 'A===', '=AAA', 'AA=A', 'AA-_', 'AAAé'])('%j is none', (text) => {
    expect(readAll([Buffer.from(text)])).toContain('not base64');
  });
});
