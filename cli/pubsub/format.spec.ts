import { describe, expect, test } from 'vitest';
import type { pubsub } from '../../proto/index.ts';
import { plain } from '../terminal/index.ts';
import { discontinuityJson, discontinuityText, itemBytes, itemJson, itemText } from './format.ts';

const item = (
  kind: NonNullable<pubsub.TopicValue['kind']>,
  publisherId = '',
): pubsub.TopicItem => ({
  topicSequenceNumber: 5,
  sequencePage: 9,
  publisherId,
  value: { kind },
});
const text = (value: string) => item({ $case: 'text', value });
const binary = (...value: number[]) => item({ $case: 'binary', value: Uint8Array.from(value) });

describe('an item', () => {
  test('is one line of JSON with its number and payload', () => {
    expect(itemJson(text('hé\n"'))).toBe('{"sequence":5,"page":9,"text":"hé\\n\\""}');
    expect(itemJson(text(''))).toBe('{"sequence":5,"page":9,"text":""}');
    expect(itemJson(binary(0, 255))).toBe('{"sequence":5,"page":9,"binary":"AP8="}');
    expect(itemJson(item({ $case: 'text', value: 'x' }, 'me'))).toContain('"publisherId":"me"');
  });
  test('goes to a pipe byte for byte', () => {
    expect([...itemBytes(binary(0, 27, 255))]).toEqual([0, 27, 255]);
    expect(itemBytes(text('hé')).toString()).toBe('hé');
  });
  test('can not command a terminal', () => {
    expect(itemText(text('a\u001b[2Jb\tc'), plain)).toBe('a\\u001b[2Jb\tc');
  });
  test('of bytes is shown as text when it is one, else in hex, cut short', () => {
    expect(itemText(binary(104, 105), plain)).toBe('hi');
    expect(itemText(binary(0, 255), plain)).toBe('2 bytes: 00 ff');
    expect(itemText(binary(...Array<number>(40).fill(1)), plain)).toMatch(
      /^40 bytes: (01 ){32}\.\.\.$/,
    );
  });
});

describe('a discontinuity', () => {
  const gap = (last: number, next: number, page = 9): pubsub.Discontinuity => ({
    lastTopicSequence: last,
    newTopicSequence: next,
    newSequencePage: page,
  });
  test('says which items are missing', () => {
    expect(discontinuityText(gap(3, 7), 9)).toBe('discontinuity: items 4 to 7 are missing');
    expect(discontinuityText(gap(0, 9), 0)).toBe('discontinuity: items 1 to 9 are missing');
    expect(discontinuityText(gap(3, 4), 9)).toBe('discontinuity: item 4 is missing');
  });
  test('says when the numbering began anew', () => {
    expect(discontinuityText(gap(3, 0, 10), 9)).toBe(
      'discontinuity: the numbering began anew (page 10); items before it may be missing',
    );
  });
  test('is one line of JSON', () => {
    expect(discontinuityJson(gap(3, 7))).toBe(
      '{"discontinuity":{"lastSequence":3,"newSequence":7,"newPage":9}}',
    );
  });
});
