import { it } from 'vitest';
import { liveThroughSeeds } from './seeds.ts';

it(
  'links that break and processes that stand still for a moment cost no topic its page',
  { timeout: 600_000 },
  () => liveThroughSeeds('network'),
);
