import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageBytesMax, percentEncode } from './percent.ts';

describe('grpc-message', () => {
  it('leaves visible ASCII and spaces as they are, and encodes the rest', () => {
    expect(percentEncode('no cache "a b" ~')).toBe('no cache "a b" ~');
    expect(percentEncode('100 %\r\nü')).toBe('100 %25%0D%0A%C3%BC');
  });

  it('decodes to what it was, for any text that fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (text) => {
        const encoded = percentEncode(text);
        expect(encoded).toMatch(/^[ -~]*$/);
        expect(decodeURIComponent(encoded)).toBe(text);
      }),
    );
  });

  it('is cut between characters when it is too long', () => {
    const decoded = decodeURIComponent(percentEncode('漢'.repeat(1000)));
    expect(decoded).toBe('漢'.repeat(Math.floor(messageBytesMax / 3)));
    expect(percentEncode('a'.repeat(5000))).toHaveLength(messageBytesMax);
  });

  it('replaces what is not Unicode', () => {
    expect(percentEncode('\ud800')).toBe('%EF%BF%BD');
  });
});
