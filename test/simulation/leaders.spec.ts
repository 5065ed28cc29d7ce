import { it } from 'vitest';
import { liveThroughSeeds } from './seeds.ts';

it(
  'operators that come, go and overlap go unnoticed, whatever they are doing',
  { timeout: 600_000 },
  () => liveThroughSeeds('leaders'),
);
