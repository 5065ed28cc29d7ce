import { BinaryWriter } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { varintSize, writeVarint } from './index.ts';

const edges = [7, 14, 21, 28, 31, 32, 35, 42, 49].flatMap((bits) => [2 ** bits - 1, 2 ** bits]);
const value = fc.oneof(fc.maxSafeNat(), fc.nat(), fc.constantFrom(0, ...edges, 2 ** 53 - 1));

describe('a varint', () => {
  it('is written as the generated code writes it, in the size foretold', () => {
    fc.assert(
      fc.property(value, (n) => {
        const target = new Uint8Array(12);
        const end = writeVarint(target, 1, n);
        expect(target.subarray(1, end)).toEqual(new BinaryWriter().uint64(n).finish());
        expect(varintSize(n)).toBe(end - 1);
      }),
      { numRuns: 2000 },
    );
  });
});
