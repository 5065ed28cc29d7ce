import { describe, expect, it } from 'vitest';
import { parseTimeout, streamLifeMs } from './timeout.ts';

describe('grpc-timeout', () => {
  it.each([
    ['5S', 5_000],
    ['4999m', 4_999],
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['1500u', 1.5],
    ['99999999n', 99.999999],
    ['0S', 0],
  ])('%s is %d ms', (text, expected) => expect(parseTimeout(text)).toBeCloseTo(expected, 6));

  it.each(['', 'S', '5', '5s', '-5S', '5 S', '123456789m', '1.5S', '5SS'])('%j is none', (text) => {
    expect(parseTimeout(text)).toBeUndefined();
  });
});

describe('a stream with a timeout', () => {
  it('lives until the margin before it', () => expect(streamLifeMs(5_000, 250)).toBe(4_750));

  it('lives for half of it when the timeout is short', () => {
    expect(streamLifeMs(400, 250)).toBe(200);
    expect(streamLifeMs(500, 250)).toBe(250);
    expect(streamLifeMs(0, 250)).toBe(0);
  });
});
