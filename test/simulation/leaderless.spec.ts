import { it } from 'vitest';
import { liveThroughSeeds } from './seeds.ts';

it(
  'an operator that ends while it tells the members goes unnoticed, for as long as nobody takes its place',
  { timeout: 600_000 },
  () => liveThroughSeeds('leaderless'),
);
