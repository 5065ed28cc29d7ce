import { describe, expect, it } from 'vitest';
import { IncompleteBytes } from '../incomplete.ts';
import { Body } from './body.ts';

const incompleteBytesMax = 100_000;

function setUp() {
  const incomplete = new IncompleteBytes(incompleteBytesMax);
  const bounds = { unaskedBytesMax: 1_000, messageBytesMax: () => 30_000, incomplete };
  return { incomplete, body: new Body(bounds) };
}

describe('the body of a request', () => {
  it('is all of its pieces, however they are cut', () => {
    const whole = Buffer.from(Array.from({ length: 20_000 }, (_, at) => at % 251));
    for (const size of [1, 7, 4_096, 5_000, 20_000]) {
      const { body } = setUp();
      for (let at = 0; at < whole.length; at += size) body.push(whole.subarray(at, at + size));
      expect(Buffer.from(body.bytes()).equals(whole)).toBe(true);
    }
  });

  it('that has none is empty', () => {
    expect(setUp().body.bytes()).toEqual(new Uint8Array(0));
  });

  it('in one piece is not copied', () => {
    const { body } = setUp();
    const piece = Buffer.from('whole');
    body.push(piece);
    expect(body.bytes().buffer).toBe(piece.buffer);
  });

  it('in many keeps none of them: each costs more than the bytes that are counted', () => {
    const { body, incomplete } = setUp();
    const piece = Buffer.from('x');
    for (let n = 0; n < 10_000; n += 1) body.push(piece);
    piece.write('y');
    expect(Buffer.from(body.bytes()).toString()).toBe('x'.repeat(10_000));
    expect(body.bytes().buffer.byteLength).toBe(incomplete.held);
  });

  it('is refused above the bound of one and of all, and gives back what it took', () => {
    const { body, incomplete } = setUp();
    expect(body.push(Buffer.alloc(30_001))).toMatchObject({ code: 'resource-exhausted' });
    incomplete.take(incompleteBytesMax - 2_000);
    expect(body.push(Buffer.alloc(1_500))).toBeUndefined();
    expect(body.push(Buffer.alloc(1_500))).toMatchObject({ code: 'unavailable' });
    body.release();
    expect(incomplete.held).toBe(incompleteBytesMax - 2_000);
  });
});
