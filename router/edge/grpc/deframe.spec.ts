import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IncompleteBytes } from '../incomplete.ts';
import { rawFrame } from '../testing/index.ts';
import { Deframer } from './deframe.ts';
import type { Status } from './status.ts';

const messageBytesMax = 200;

function deframer(incomplete = new IncompleteBytes(1_000_000)): Deframer {
  const bounds = { unaskedBytesMax: 50, messageBytesMax: () => messageBytesMax, incomplete };
  return new Deframer(bounds, 'item size');
}

type Outcome = { message: Buffer } | { refused: string };

function outcomeOf(pieces: readonly Uint8Array[], incomplete?: IncompleteBytes): Outcome {
  const one = deframer(incomplete);
  for (const piece of pieces) {
    const problem = one.push(piece);
    if (problem) {
      one.release();
      return refused(problem);
    }
  }
  const message = one.finish();
  one.release();
  return 'code' in message ? refused(message) : { message: Buffer.from(message) };
}

function refused({ code }: Status): Outcome {
  return { refused: code };
}

/** The dumb twin: looks at the whole body at once. */
function twin(body: Buffer): Outcome {
  if (body.length === 0) return { refused: 'unimplemented' };
  if (body.length < 5) return { refused: 'internal' };
  if (body[0] === 1) return { refused: 'unimplemented' };
  if (body[0] !== 0) return { refused: 'internal' };
  const length = body.readUInt32BE(1);
  if (length > messageBytesMax) return { refused: 'resource-exhausted' };
  if (body.length < 5 + length) return { refused: 'internal' };
  if (body.length > 5 + length) return { refused: 'unimplemented' };
  return { message: body.subarray(5) };
}

const pieces = fc.array(fc.nat(12), { maxLength: 60 });

function cut(body: Buffer, sizes: readonly number[]): Buffer[] {
  const out: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    out.push(body.subarray(at, at + size));
    at += size;
  }
  out.push(body.subarray(at));
  return out;
}

describe('the body of a call', () => {
  it('gives its message, however it was cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: messageBytesMax }), pieces, (message, sizes) => {
        const incomplete = new IncompleteBytes(1_000_000);
        expect(outcomeOf(cut(rawFrame(message), sizes), incomplete)).toEqual({
          message: Buffer.from(message),
        });
        expect(incomplete.held).toBe(0);
      }),
    );
  });

  it('is judged as if it came in one piece, whatever it is', () => {
    const lengths = fc.oneof(fc.nat(messageBytesMax + 20), fc.nat(0xffffffff));
    const body = fc
      .tuple(fc.nat(2), lengths, fc.uint8Array({ maxLength: messageBytesMax + 20 }), fc.nat(250))
      .map(([flag, length, rest, keep]) => {
        const prefix = Buffer.alloc(5);
        prefix[0] = flag;
        prefix.writeUInt32BE(length, 1);
        return Buffer.concat([prefix, rest]).subarray(0, keep);
      });
    fc.assert(
      fc.property(body, pieces, (bytes, sizes) => {
        const incomplete = new IncompleteBytes(1_000_000);
        expect(outcomeOf(cut(bytes, sizes), incomplete)).toEqual(twin(bytes));
        expect(incomplete.held).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('is not copied when it comes in one piece', () => {
    const body = rawFrame(Buffer.from('whole'));
    const one = deframer();
    one.push(body);
    expect((one.finish() as Uint8Array).buffer).toBe(body.buffer);
  });
});

describe('a message over the bound', () => {
  it('is refused at its prefix, with the words the SDKs know', () => {
    const prefix = Buffer.of(0, 0, 0, 0, 201);
    expect(deframer().push(prefix)).toEqual({
      code: 'resource-exhausted',
      message: 'item size exceeded: the request has 201 bytes, at most 200 are taken',
      err: 'item_size_limit_exceeded',
    });
  });
});

describe('an incomplete message', () => {
  it('costs no more than twice what has arrived', () => {
    const incomplete = new IncompleteBytes(1_000_000_000);
    const bounds = { unaskedBytesMax: 0, messageBytesMax: () => 0xffffffff, incomplete };
    const one = new Deframer(bounds, 'item size');
    one.push(Buffer.of(0, 0x20, 0, 0, 0));
    expect(incomplete.held).toBe(0);
    one.push(Buffer.alloc(100));
    expect(incomplete.held).toBe(4096);
    one.push(Buffer.alloc(10_000));
    expect(incomplete.held).toBe(2 * 10_100);
    one.release();
    expect(incomplete.held).toBe(0);
  });

  it('counts until its call hands it on, also when it came in one piece', () => {
    const incomplete = new IncompleteBytes(1_000_000);
    const [one, other] = [deframer(incomplete), deframer(incomplete)];
    one.push(rawFrame(Buffer.alloc(100)));
    other.push(rawFrame(Buffer.alloc(100)).subarray(0, 50));
    other.push(Buffer.alloc(55));
    expect(incomplete.held).toBeGreaterThanOrEqual(200);
    one.release();
    other.release();
    expect(incomplete.held).toBe(0);
  });

  it('is refused when all of them together are too many', () => {
    const incomplete = new IncompleteBytes(5_000);
    const bounds = { unaskedBytesMax: 10_000, messageBytesMax: () => 10_000, incomplete };
    const large = (): Deframer => new Deframer(bounds, 'item size');
    const first = large();
    const second = large();
    const start = rawFrame(Buffer.alloc(9_000)).subarray(0, 100);
    expect(first.push(start)).toBeUndefined();
    expect(second.push(start)).toMatchObject({ code: 'unavailable' });
    first.release();
    expect(large().push(start)).toBeUndefined();
  });
});
