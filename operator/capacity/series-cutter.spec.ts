import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeriesCutter } from './series-cutter.ts';

/** Feeds it in pieces of these lengths, then the rest. */
function cut(body: string, lengths: readonly number[] = []) {
  const series: unknown[] = [];
  const cutter = new SeriesCutter((text) => series.push(JSON.parse(text)) > 0);
  const bytes = Buffer.from(body);
  let from = 0;
  let goesOn = true;
  for (const length of [...lengths, bytes.length]) {
    goesOn &&= cutter.push(bytes.subarray(from, from + length));
    from += length;
  }
  return { series, rest: cutter.rest, goesOn };
}

const isCut = (value: unknown) => typeof value === 'object' && value !== null;

describe('an answer that comes in pieces', () => {
  it('is the same as one that is parsed as a whole', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('"', '\\', '\\"', '{', '}', '[', ']', 'result', '{"result":[{}]}'),
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        text,
        fc.integer(),
        fc.constantFrom(null, true),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(text, tie('any'), { maxKeys: 4 }),
      ),
    })).any;
    // A result that isn't the one of the data would be cut as well; whoever counts the series sees it.
    const other = fc.oneof(text, fc.array(fc.string()), fc.dictionary(fc.string(), fc.integer()));
    const answer = fc.record({
      before: other,
      data: fc.record({ before: value, result: fc.array(value), results: value, after: value }),
      after: other,
    });
    const lengths = fc.array(fc.nat({ max: 9 }), { maxLength: 200 });
    fc.assert(
      fc.property(answer, lengths, fc.nat({ max: 2 }), (whole, each, indent) => {
        const { data } = whole;
        const { series, rest } = cut(JSON.stringify(whole, undefined, indent), each);
        expect(series).toEqual(data.result.filter(isCut));
        expect(rest.series).toBe(series.length);
        const result = data.result.map((one) => (isCut(one) ? 0 : one));
        expect(JSON.parse(rest.text)).toEqual({ ...whole, data: { ...data, result } });
      }),
    );
  });

  it('is not read to the end when nobody wants more', () => {
    const seen: string[] = [];
    const cutter = new SeriesCutter((text) => seen.push(text) < 2);
    expect(cutter.push(Buffer.from('{"data":{"result":[{"a":1},{"b":2},{"c":3},'))).toBe(false);
    expect(seen).toEqual(['{"a":1}', '{"b":2}']);
  });
});

describe('what is too long to be held', () => {
  const block = ' '.repeat(1024);
  const pour = (head: string) => {
    const cutter = new SeriesCutter(() => true);
    cutter.push(Buffer.from(head));
    let blocks = 0;
    while (blocks < 1024 && cutter.push(Buffer.from(block))) blocks += 1;
    return blocks;
  };

  it('is a series of more than 256 KiB', () => {
    expect(pour('{"data":{"result":[{"values":[')).toBeLessThan(257);
  });

  it('is what stands around the series, of more than 256 KiB', () => {
    expect(pour('{"data":{"result":[')).toBeLessThan(257);
    expect(pour('{"status":"')).toBeLessThan(257);
  });

  it('is not many series', () => {
    const series = `{"metric":{"name":"${'x'.repeat(1000)}"}}`;
    const body = `{"data":{"result":[${Array(2000).fill(series).join()}]}}`;
    expect(cut(body, Array(40).fill(65_536))).toMatchObject({
      goesOn: true,
      rest: { series: 2000 },
    });
  });
});
