import { describe, expect, it } from 'vitest';
import { closest } from './closest.ts';

describe('closest', () => {
  const fields = ['image', 'caches', 'router', 'storage', 'limits', 'stream'];

  it.each([
    ['routers', 'router'],
    ['ruter', 'router'],
    ['Storage', 'storage'],
    ['strage', 'storage'],
    ['cahces', 'caches'],
    ['limit', 'limits'],
    ['colour', undefined],
    ['', undefined],
    ['x', undefined],
    ['x'.repeat(10_000), undefined],
  ])('to %s is %s', (word, candidate) => {
    expect(closest(word, fields)).toBe(candidate);
  });
});
