import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FixedLengthCounter, lineLength } from './fixed-length.ts';
import { ItemCounter } from './items.ts';

/** The bytes in pieces, cut where the numbers say. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  return at.slice(1).map((end, n) => bytes.subarray(at[n], end));
}

const cuts = fc.array(fc.nat(), { maxLength: 8 });

describe('what the load counts, however it is cut', () => {
  it('messages of one length among lines of others', () => {
    const parts = fc.array(fc.constantFrom('Mabcdefg\n\n', 'PING\r\n', '+OK\r\n'));
    fc.assert(
      fc.property(parts, cuts, (texts, where) => {
        const others: string[] = [];
        const counter = new FixedLengthCounter(10, 'M', (bytes) => {
          const length = lineLength(bytes);
          if (length > 0) others.push(bytes.toString('latin1', 0, length));
          return length;
        });
        let count = 0;
        for (const piece of pieces(Buffer.from(texts.join('')), where))
          count += counter.push(piece);
        expect(count).toBe(texts.filter((text) => text.startsWith('M')).length);
        expect(others).toEqual(texts.filter((text) => !text.startsWith('M')));
      }),
    );
  });

  it('items of a stream, and not its heartbeats', () => {
    const messages = fc.array(fc.tuple(fc.constantFrom(0x0a, 0x1a), fc.nat({ max: 300 })));
    fc.assert(
      fc.property(messages, cuts, (all, where) => {
        const bytes = Buffer.concat(
          all.map(([tag, size]) => {
            const message = Buffer.alloc(6 + size, tag);
            message[0] = 0;
            message.writeUInt32BE(1 + size, 1);
            return message;
          }),
        );
        const counter = new ItemCounter();
        for (const piece of pieces(bytes, where)) counter.push(piece, 0, piece.length);
        expect(counter.messages).toBe(all.length);
        expect(counter.items).toBe(all.filter(([tag]) => tag === 0x0a).length);
        expect(counter.isTornBy).toBeUndefined();
      }),
    );
  });

  it('a gap, told as what it is', () => {
    const counter = new ItemCounter();
    counter.push(Buffer.of(0, 0, 0, 0, 2, 0x12, 0), 0, 7);
    expect(counter.isTornBy).toBe(0x12);
  });
});
