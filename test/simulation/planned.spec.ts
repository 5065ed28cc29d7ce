import { it } from 'vitest';
import { liveThroughSeeds } from './seeds.ts';

it(
  'what is planned goes unnoticed: nothing lost or doubled, no gap, no new page, no publish refused',
  { timeout: 600_000 },
  () => liveThroughSeeds('planned'),
);
