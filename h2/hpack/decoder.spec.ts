import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HpackDecoder } from './decoder.ts';
import { blocks } from './testing/blocks.ts';
import { HpackTwin, type TwinResult } from './testing/twin.ts';

function decoded(decoder: HpackDecoder, block: Uint8Array): TwinResult {
  const fields = decoder.decode(block);
  if ('problem' in fields) {
    if (fields.problem === 'compression') return { problem: 'compression' };
    return fields;
  }
  return {
    fields: fields.map(
      ({ name, value, neverIndexed }) => `${neverIndexed ? '!' : ''}${name}: ${value}`,
    ),
  };
}

/** Both read the same blocks, one after the other, until one of them can't go on. */
function compare(sent: readonly Uint8Array[], tableBytesMax: number, listBytesMax: number): void {
  const decoder = new HpackDecoder({ tableBytesMax, listBytesMax });
  const twin = new HpackTwin(tableBytesMax, listBytesMax);
  for (const block of sent) {
    const expected = twin.decode(block);
    expect(decoded(decoder, block)).toEqual(expected);
    if ('problem' in expected && expected.problem === 'compression') return;
    expect(decoder.tableBytes).toBe(twin.tableBytes);
  }
}

const bounds = fc.constantFrom([4096, 16_384], [4096, 200], [100, 300], [0, 100], [8192, 60]);

function hex(octets: string): Uint8Array {
  return Buffer.from(octets.replaceAll(' ', ''), 'hex');
}

function ofOneBlock(octets: string, listBytesMax = 1000) {
  return new HpackDecoder({ tableBytesMax: 4096, listBytesMax }).decode(hex(octets));
}

describe('a sequence of header blocks', () => {
  it('is read as its twin reads it', () => {
    fc.assert(
      fc.property(fc.array(blocks, { maxLength: 6 }), bounds, (sent, [table, list]) =>
        compare(sent, table as number, list as number),
      ),
      { numRuns: 2000 },
    );
  });

  it('is read as its twin reads it, however octets were changed, cut out and put in', () => {
    const change = fc.tuple(fc.nat(100), fc.nat(3), fc.uint8Array({ maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(blocks, change), { maxLength: 5 }), bounds, (sent, [t, l]) =>
        compare(
          sent.map(([block, [at, cut, put]]) =>
            Buffer.concat([block.subarray(0, at), put, block.subarray(at + cut)]),
          ),
          t as number,
          l as number,
        ),
      ),
      { numRuns: 2000 },
    );
  });

  it('is read as its twin reads it, wherever it is cut off', () => {
    fc.assert(
      fc.property(blocks, (block) => {
        for (let end = 0; end <= block.length; end += 1) {
          compare([block.subarray(0, end)], 4096, 500);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('gives a field of the table without making it anew', () => {
    const decoder = new HpackDecoder({ tableBytesMax: 4096, listBytesMax: 1000 });
    const added = decoder.decode(hex('40 01 61 01 62'));
    const known = decoder.decode(hex('be'));
    expect('problem' in added || 'problem' in known || added[0] === known[0]).toBe(true);
  });
});

describe('a field that is sent again and again without being indexed', () => {
  const never = '10 01 61 82 64 02';

  it('is the same field from the third time on', () => {
    const decoder = new HpackDecoder({ tableBytesMax: 4096, listBytesMax: 1000 });
    const seen = [1, 2, 3, 4].map(() => {
      const fields = decoder.decode(hex(never));
      if ('problem' in fields) throw new Error(fields.problem);
      return fields[0];
    });
    expect(seen[2]).toBe(seen[1]);
    expect(seen[3]).toBe(seen[1]);
    expect(seen[0]).toEqual(seen[1]);
  });

  it('is another one with another value, or when it may be indexed', () => {
    const decoder = new HpackDecoder({ tableBytesMax: 4096, listBytesMax: 1000 });
    const said = [never, never, '10 01 61 82 10 02', never, never.replace('10', '00'), never];
    const fields = said.map((octets) => decoded(decoder, hex(octets)));
    const twin = new HpackTwin(4096, 1000);
    expect(fields[0]).toEqual({ fields: ['!a: 302'] });
    expect(fields).toEqual(said.map((octets) => twin.decode(hex(octets))));
  });

  it('keeps nothing of its blocks alive', () => {
    const decoder = new HpackDecoder({ tableBytesMax: 4096, listBytesMax: 1000 });
    const block = Buffer.from(hex('10 01 61 02 62 62'));
    for (let sent = 0; sent < 3; sent += 1) decoder.decode(block);
    block.write('cc', 4);
    expect(decoded(decoder, block)).toEqual({ fields: ['!a: cc'] });
  });
});

describe('a block that breaks the rules', () => {
  it.each([
    ['index 0', '80'],
    ['an index that nothing has', 'be'],
    ['a name that nothing has', '7e 01 61'],
    ['an integer that is cut off', 'ff'],
    ['an integer that goes on for ever', 'ff 80 80 80 80 80 80 00'],
    ['an integer over any bound', 'ff ff ff ff ff 7f'],
    ['a string that is cut off', '40 05 61'],
    ['a table larger than allowed', '3f e2 1f'],
    ['a size update after a field', '82 20'],
    ['Huffman: padding with zeros', '00 01 61 81 18'],
    ['Huffman: padding of eight bits', '00 01 61 82 f8 ff'],
    ['Huffman: EOS', '00 01 61 84 ff ff ff ff'],
    ['Huffman: half of a long code', '00 01 61 82 ff ff'],
  ])('is a compression error: %s', (_, octets) => {
    expect(ofOneBlock(octets)).toMatchObject({ problem: 'compression' });
  });

  it.each([
    ['two size updates before the fields', '20 3f e1 1f 82'],
    ['Huffman: padding of seven bits', '00 01 61 83 00 2e 7f'],
    ['an empty value', '00 01 61 80'],
  ])('and one that does not is none: %s', (_, octets) => {
    expect(ofOneBlock(octets)).not.toHaveProperty('problem');
  });
});

describe('a list over the bound', () => {
  it('is refused, and the table is what the peer thinks it is', () => {
    const decoder = new HpackDecoder({ tableBytesMax: 4096, listBytesMax: 60 });
    const refused = decoder.decode(hex('40 01 61 01 62 40 01 63 01 64'));
    expect(refused).toEqual({ problem: 'list-too-large', listBytes: 68 });
    expect(decoded(decoder, hex('be'))).toEqual({ fields: ['c: d'] });
    expect(decoded(decoder, hex('bf'))).toEqual({ fields: ['a: b'] });
  });

  it('costs a look-up for each of its fields, also if each is as large as the table', () => {
    const decoder = new HpackDecoder({ tableBytesMax: 4096, listBytesMax: 16_384 });
    const large = Buffer.alloc(4000, 'x');
    expect(decoder.decode(Buffer.concat([hex('40 01 61 7f a1 1e'), large]))).not.toHaveProperty(
      'problem',
    );
    const bomb = Buffer.alloc(16_000, 0xbe);
    expect(decoder.decode(bomb)).toEqual({
      problem: 'list-too-large',
      listBytes: 16_000 * (4000 + 1 + 32),
    });
  });

  it('is not made: a string that has room nowhere is measured', () => {
    const decoder = new HpackDecoder({ tableBytesMax: 0, listBytesMax: 100 });
    const million = Buffer.alloc(1_000_000, 'x');
    const before = process.memoryUsage().external;
    const block = Buffer.concat([hex('00 01 61 7f c1 83 3d'), million]);
    expect(decoder.decode(block)).toEqual({ problem: 'list-too-large', listBytes: 1_000_033 });
    expect(process.memoryUsage().external - before).toBeLessThan(1_500_000);
  });
});

describe('what a message may be made of', () => {
  it.each([
    ['00 01 61 01 62', true],
    ['00 01 41 01 62', false],
    ['00 02 3a 61 01 62', true],
    ['00 02 61 3a 01 62', false],
    ['00 00 01 62', false],
    ['00 01 20 01 62', false],
    ['00 01 80 01 62', false],
    ['00 01 61 02 62 00', false],
    ['00 01 61 02 62 0a', false],
    ['00 01 61 02 62 0d', false],
    ['00 01 61 02 62 20', false],
    ['00 01 61 02 09 62', false],
    ['00 01 61 03 62 20 62', true],
    ['00 01 61 02 62 ff', true],
    ['00 01 61 00', true],
  ])('%s: %s', (octets, valid) => {
    const fields = ofOneBlock(octets);
    expect('problem' in fields ? undefined : fields[0]?.valid).toBe(valid);
  });
});
