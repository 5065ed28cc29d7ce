import { describe, expect, it } from 'vitest';
import type { StartAt } from '../service.ts';
import { continues, replayed, settle } from './resume.ts';

const feed = { page: 7, sequence: 40 };
const at = (sequence: number, page: number): StartAt => ({ from: 'sequence', sequence, page });

describe('a subscription settles', () => {
  const cases: [string, StartAt, ReturnType<typeof settle>][] = [
    ['from now, at the feed', { from: 'now' }, { do: 'attach' }],
    ['at the number the feed has next, at the feed', at(41, 7), { do: 'attach' }],
    ['at an older number, by replay', at(12, 7), { do: 'replay', fromSequence: 12, page: 7 }],
    [
      'at a number of another page, by replay',
      at(41, 6),
      { do: 'replay', fromSequence: 41, page: 6 },
    ],
    ['at a number of no page, by replay', at(41, 0), { do: 'replay', fromSequence: 41, page: 0 }],
    [
      'at a number of the future, by replay',
      at(99, 7),
      { do: 'replay', fromSequence: 99, page: 7 },
    ],
    ['after the feed’s position, at the feed', { from: 'after', position: feed }, { do: 'attach' }],
    [
      'after an older position, by replay from the next',
      { from: 'after', position: { page: 7, sequence: 38 } },
      { do: 'replay', fromSequence: 39, page: 7 },
    ],
  ];
  it.each(cases)('%s', (_, start, expected) => {
    expect(settle(start, feed, false)).toEqual(expected);
  });

  it('from now with the newest item, by replay, unless there is none', () => {
    expect(settle({ from: 'now' }, feed, true)).toEqual({ do: 'replay', fromSequence: 0, page: 0 });
    expect(settle({ from: 'now' }, { page: 7, sequence: 0 }, true)).toEqual({ do: 'attach' });
  });
});

describe('a replay', () => {
  const items = (count: number) => Array.from({ length: count }, () => new Uint8Array(1));

  it('that honours what was asked announces nothing', () => {
    expect(
      replayed({ fromSequence: 5, page: 7 }, { page: 7, firstSequence: 5, items: items(3) }),
    ).toEqual({
      missingAfter: undefined,
      start: { page: 7, sequence: 4 },
      end: { page: 7, sequence: 7 },
    });
  });

  it('that starts late announces what lies before it', () => {
    const result = replayed(
      { fromSequence: 5, page: 7 },
      { page: 7, firstSequence: 9, items: items(2) },
    );
    expect(result.missingAfter).toBe(4);
    expect(result.start).toEqual({ page: 7, sequence: 8 });
  });

  it('on another page always announces it, even where the numbers fit', () => {
    const result = replayed(
      { fromSequence: 5, page: 6 },
      { page: 7, firstSequence: 5, items: items(2) },
    );
    expect(result.missingAfter).toBe(4);
  });

  it('asked without a page announces nothing when the number is held', () => {
    const result = replayed({ fromSequence: 5, page: 0 }, { page: 7, firstSequence: 5, items: [] });
    expect(result.missingAfter).toBeUndefined();
    expect(result.end).toEqual({ page: 7, sequence: 4 });
  });

  it('of the newest item announces nothing', () => {
    const result = replayed(
      { fromSequence: 0, page: 0 },
      { page: 7, firstSequence: 40, items: items(1) },
    );
    expect(result).toEqual({
      missingAfter: undefined,
      start: { page: 7, sequence: 39 },
      end: { page: 7, sequence: 40 },
    });
  });
});

describe('a feed that starts', () => {
  it('continues only at the very next number of the same page', () => {
    expect(continues(feed, { page: 7, sequence: 41 })).toBe(true);
    expect(continues(feed, { page: 7, sequence: 42 })).toBe(false);
    expect(continues(feed, { page: 8, sequence: 41 })).toBe(false);
    expect(continues(undefined, { page: 7, sequence: 1 })).toBe(false);
  });
});
