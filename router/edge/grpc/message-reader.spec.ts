import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IncompleteBytes } from '../incomplete.ts';
import { rawFrame } from '../testing/index.ts';
import { MessageReader } from './message-reader.ts';

function reader(bytesMax = 1_000) {
  const seen: Buffer[] = [];
  const incomplete = new IncompleteBytes(1_000_000);
  const bounds = { unaskedBytesMax: 10, messageBytesMax: () => bytesMax, incomplete };
  const messages = { message: (message: Uint8Array) => void seen.push(Buffer.from(message)) };
  const read = new MessageReader({ ...bounds, tooLarge: 'item size' }, messages);
  return { seen, incomplete, read };
}

describe('messages of a stream', () => {
  it('come out one by one, however they are cut', () => {
    const values = fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 10 });
    fc.assert(
      fc.property(values, fc.infiniteStream(fc.integer({ min: 1, max: 120 })), (sent, sizes) => {
        const { seen, incomplete, read } = reader();
        const whole = Buffer.concat(sent.map((value) => rawFrame(value)));
        for (let at = 0; at < whole.length; ) {
          const size = sizes.next().value as number;
          expect(read.push(whole.subarray(at, at + size))).toBeUndefined();
          at += size;
        }
        expect(seen).toEqual(sent.map((value) => Buffer.from(value)));
        expect(read.problemAtEnd()).toBeUndefined();
        expect(incomplete.held).toBe(0);
      }),
    );
  });

  it('over the bound are refused before they arrive', () => {
    const { seen, read } = reader(50);
    const two = Buffer.concat([rawFrame(Buffer.alloc(3)), rawFrame(Buffer.alloc(51))]);
    expect(read.push(two.subarray(0, 13))).toMatchObject({ code: 'resource-exhausted' });
    expect(seen.length).toBe(1);
  });

  it('that are cut off at the end are told, and held no longer', () => {
    const { incomplete, read } = reader();
    read.push(rawFrame(Buffer.alloc(20)).subarray(0, 10));
    expect(incomplete.held).toBeGreaterThan(0);
    expect(read.problemAtEnd()).toMatchObject({ code: 'internal' });
    read.release();
    expect(incomplete.held).toBe(0);
  });

  it('take no more memory than has arrived, within a factor, whatever is announced', () => {
    const { incomplete, read } = reader(500_000);
    read.push(rawFrame(Buffer.alloc(400_000)).subarray(0, 10));
    expect(incomplete.held).toBeLessThan(5_000);
  });
});
