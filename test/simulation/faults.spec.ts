import { it } from 'vitest';
import { liveThroughSeeds } from './seeds.ts';

it(
  'whatever fails, what is lost is announced, one number is one item, and the cluster recovers',
  { timeout: 600_000 },
  () => liveThroughSeeds('faults'),
);
