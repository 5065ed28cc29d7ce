import { expect, it } from 'vitest';
import { defaultPolicy } from '../../operator/index.ts';
import { storageBounds } from '../../storage/index.ts';

it('a storage node notices its own standstill long before the operator gives it up', () => {
  const { standstillMsMin } = storageBounds;
  expect(standstillMsMin * 2).toBeLessThanOrEqual(defaultPolicy.unreadyMsMax);
});

it('a storage node that stood still waits for an operator that is slow, and not for one that is gone', () => {
  const { standstillHoldMsMax } = storageBounds;
  expect(standstillHoldMsMax).toBeGreaterThan(5 * 2_000);
  expect(standstillHoldMsMax).toBeLessThanOrEqual(30_000);
});
