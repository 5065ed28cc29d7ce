import fc from 'fast-check';
import { huffmanEncode, huffmanLength } from '../huffman.ts';
import { writeInteger } from '../integer.ts';

/** A representation of RFC 7541 section 6, or octets that are none. */
type Part =
  | { readonly kind: 'indexed'; readonly index: number }
  | { readonly kind: 'resize'; readonly bytes: number }
  | {
      readonly kind: 'literal';
      readonly how: 'indexed' | 'plain' | 'never';
      /** A name or an index of one. */
      readonly name: string | number;
      readonly value: string;
      readonly coded: boolean;
    }
  | { readonly kind: 'octets'; readonly octets: Uint8Array };

const octet = fc.nat(255).map((code) => String.fromCharCode(code));
const texts = fc.oneof(
  fc.constantFrom('', 'a', 'application/grpc', '/cache_client.pubsub.Pubsub/Publish', '0'),
  fc.string({ maxLength: 20 }).map((text) => Buffer.from(text).toString('latin1')),
  fc.string({ unit: octet, maxLength: 40 }),
  fc.nat(150).map((length) => 'x'.repeat(length)),
);
const index = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 1, max: 61 }) },
  { weight: 10, arbitrary: fc.integer({ min: 62, max: 64 }) },
  { weight: 1, arbitrary: fc.nat(200) },
);

const wellFormed = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('indexed' as const), index }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('literal' as const),
      how: fc.constantFrom('indexed' as const, 'plain' as const, 'never' as const),
      name: fc.oneof(texts, index),
      value: texts,
      coded: fc.boolean(),
    }),
  },
);
const resize = fc.record({
  kind: fc.constant('resize' as const),
  bytes: fc.oneof(fc.nat(300), fc.nat(5000)),
});
const octets = fc.record({
  kind: fc.constant('octets' as const),
  octets: fc.uint8Array({ minLength: 1, maxLength: 4 }),
});

/** Blocks that make sense, mostly: also with indices that nothing has, and with late or large size updates. */
export const blocks: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.array(resize, { maxLength: 2 }),
    fc.array(fc.oneof({ weight: 40, arbitrary: wellFormed }, resize, octets), { maxLength: 12 }),
  )
  .map(([updates, parts]) => Buffer.concat([...updates, ...parts].map(octetsOf)));

const patterns = { indexed: [6, 0x40], plain: [4, 0x00], never: [4, 0x10] } as const;

function octetsOf(part: Part): Uint8Array {
  switch (part.kind) {
    case 'indexed':
      return integerOctets(part.index, 7, 0x80);
    case 'resize':
      return integerOctets(part.bytes, 5, 0x20);
    case 'octets':
      return part.octets;
    case 'literal': {
      const { name, value, coded } = part;
      const [prefixBits, pattern] = patterns[part.how];
      const named = typeof name === 'number' ? name : 0;
      const head = integerOctets(named, prefixBits, pattern);
      const spelled = named === 0 ? [textOctets(String(name), coded)] : [];
      return Buffer.concat([head, ...spelled, textOctets(value, coded)]);
    }
  }
}

function integerOctets(value: number, prefixBits: number, pattern: number): Uint8Array {
  const into = new Uint8Array(8);
  return into.subarray(0, writeInteger(value, prefixBits, pattern, into, 0));
}

function textOctets(text: string, coded: boolean): Uint8Array {
  if (!coded) {
    return Buffer.concat([integerOctets(text.length, 7, 0), Buffer.from(text, 'latin1')]);
  }
  const octets = new Uint8Array(huffmanLength(text));
  huffmanEncode(text, octets, 0);
  return Buffer.concat([integerOctets(octets.length, 7, 0x80), octets]);
}
