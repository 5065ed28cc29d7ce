import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader, frameOf } from './index.ts';

interface Read {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: string;
}

function reading(payloadBytesMax = 100) {
  const frames: Read[] = [];
  const oversized: number[] = [];
  const sink = {
    frame: (type: number, flags: number, stream: number, payload: Uint8Array) =>
      void frames.push({ type, flags, stream, payload: Buffer.from(payload).toString('hex') }),
    oversized: (_type: number, _stream: number, bytes: number) => void oversized.push(bytes),
  };
  return { frames, oversized, reader: new FrameReader(sink, payloadBytesMax) };
}

const frame = fc.record({
  type: fc.nat(255),
  flags: fc.nat(255),
  stream: fc.nat(0x7fff_ffff),
  payload: fc.uint8Array({ maxLength: 100 }),
});

describe('a frame reader', () => {
  it('reads what was written, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.nat(3_000)), (written, cuts) => {
        const bytes = Buffer.concat(
          written.map(({ type, flags, stream, payload }) => frameOf(type, flags, stream, payload)),
        );
        const { frames, reader } = reading();
        let from = 0;
        for (const cut of [...cuts, bytes.length].toSorted((one, other) => one - other)) {
          reader.push(bytes.subarray(from, cut));
          from = Math.min(cut, bytes.length);
        }
        expect(frames).toEqual(
          written.map((one) => ({ ...one, payload: Buffer.from(one.payload).toString('hex') })),
        );
        expect(reader.heldBytes).toBe(0);
      }),
    );
  });

  it('does not copy a frame that is in one piece', () => {
    const bytes = frameOf(0, 0, 1, Buffer.from('hello'));
    let seen: Uint8Array | undefined;
    const sink = {
      frame: (_type: number, _flags: number, _stream: number, payload: Uint8Array) =>
        void (seen = payload),
      oversized: () => {},
    };
    new FrameReader(sink, 100).push(bytes);
    expect(seen?.buffer).toBe(bytes.buffer);
  });

  it('holds nothing of a frame over its bound, and reads no further', () => {
    const { frames, oversized, reader } = reading();
    const bytes = Buffer.concat([
      frameOf(6, 0, 0, Buffer.alloc(8)),
      frameOf(0, 0, 1, Buffer.alloc(101)),
      frameOf(6, 0, 0, Buffer.alloc(8)),
    ]);
    for (const byte of bytes) reader.push(Buffer.of(byte));
    expect(frames).toHaveLength(1);
    expect(oversized).toEqual([101]);
    expect(reader.heldBytes).toBe(0);
  });

  it('takes the highest bit of a stream for nothing', () => {
    const { frames, reader } = reading();
    const bytes = Buffer.from(frameOf(0, 0, 5, Buffer.of()));
    bytes[5] = 0x80;
    reader.push(bytes);
    expect(frames[0]?.stream).toBe(5);
  });
});
