import { expect, it } from 'vitest';
import { liveThroughSeeds } from './seeds.ts';

it('operators that come, go and overlap go unnoticed, whatever they are doing', {
  timeout: 600_000,
}, async () => {
  await expect(liveThroughSeeds('leaders')).resolves.toBeUndefined();
});
