import { it } from 'vitest';
import { liveThroughSeeds } from './seeds.ts';

it(
  'storage nodes too small for their topics number nothing twice and lose nothing in silence',
  { timeout: 600_000 },
  () => liveThroughSeeds('full'),
);
