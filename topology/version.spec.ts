import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions, formatVersion, noVersion } from './version.ts';

const versions = fc.record({ term: fc.nat(5), epoch: fc.nat(5) });

describe('compareVersions', () => {
  it.each([
    [{ term: 1, epoch: 9 }, { term: 2, epoch: 1 }, -1],
    [{ term: 1, epoch: 2 }, { term: 1, epoch: 1 }, 1],
    [{ term: 3, epoch: 4 }, { term: 3, epoch: 4 }, 0],
  ])('%j against %j is %i', (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
  });

  it('orders like the pair as one large number', () => {
    const twin = (v: { term: number; epoch: number }): number => v.term * 1000 + v.epoch;
    fc.assert(
      fc.property(versions, versions, (a, b) => {
        expect(Math.sign(compareVersions(a, b))).toBe(Math.sign(twin(a) - twin(b)));
      }),
    );
  });

  it('puts "none" below everything that was ever written', () => {
    expect(compareVersions(noVersion, { term: 0, epoch: 1 })).toBeLessThan(0);
  });
});

describe('formatVersion', () => {
  it('is term.epoch', () => expect(formatVersion({ term: 3, epoch: 14 })).toBe('3.14'));
});
