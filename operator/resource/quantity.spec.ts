import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalQuantity, parseQuantity } from './quantity.ts';

describe('canonicalQuantity', () => {
  // As Kubernetes 1.35 shows them.
  it.each([
    ['1000m', '1'],
    ['0.5', '500m'],
    ['1.005', '1005m'],
    [2, '2'],
    ['0', '0'],
    ['0Gi', '0'],
    ['1024Mi', '1Gi'],
    ['1500Mi', '1500Mi'],
    ['1.5Gi', '1536Mi'],
    ['100.5Mi', '102912Ki'],
    ['1000000k', '1G'],
    ['1073741824', '1073741824'],
    ['131072000', '131072k'],
  ])('%s is %s', (quantity, canonical) => {
    expect(canonicalQuantity(quantity)).toBe(canonical);
  });

  it('is the same amount, and its own canonical form', () => {
    const units = fc.constantFrom('', 'k', 'M', 'G', 'T', 'P', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi');
    const quantities = fc
      .tuple(fc.nat(999_999), fc.nat(999), units)
      .map(([whole, fraction, unit]) => `${whole}.${fraction}${unit}`);
    fc.assert(
      fc.property(quantities, (quantity) => {
        const canonical = canonicalQuantity(quantity);
        const milli = parseQuantity(quantity);
        // What is shown may be longer than what may be written.
        if (parseQuantity(canonical) === undefined) return;
        expect(parseQuantity(canonical)).toBe(milli);
        expect(canonicalQuantity(canonical)).toBe(canonical);
      }),
    );
  });
});

it.each(['', '-1', '1 Gi', '1e3', '1gb', '.5', '5n', '0.0001', '1.5m', 'Gi', -1, 0.5e-9])(
  'parseQuantity does not take %j',
  (quantity) => {
    expect(parseQuantity(quantity)).toBeUndefined();
  },
);
