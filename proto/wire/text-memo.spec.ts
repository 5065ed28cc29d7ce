import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoTextBytesMax, TextMemo } from './text-memo.ts';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function twin(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => new TextEncoder().encode(text)),
  fc.integer({ min: 0, max: 30 }).map((n) => Buffer.from(`topic-${n}`)),
);

describe('a memo of texts', () => {
  it('gives the text of the bytes, or says that there is none', () => {
    const memo = new TextMemo();
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 20 }), fc.nat(5), (all, offset) => {
        for (const each of all) {
          const around = Buffer.concat([Buffer.alloc(offset, 7), each, Buffer.alloc(3, 7)]);
          expect(memo.textOf(around, offset, offset + each.length)).toBe(twin(each));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('does not keep the bytes it was given, which may change', () => {
    // So many that some have the place of the text before.
    for (let other = 100_000; other < 105_000; other += 1) {
      const memo = new TextMemo();
      const given = Buffer.from('before');
      expect(memo.textOf(given, 0, 6)).toBe('before');
      given.write(`${other}`);
      if (memo.textOf(given, 0, 6) !== `${other}`) throw new Error(`before instead of ${other}`);
    }
  });

  it('reads long texts as well', () => {
    const long = 'x'.repeat(memoTextBytesMax + 1);
    expect(new TextMemo().textOf(Buffer.from(long), 0, long.length)).toBe(long);
  });
});
