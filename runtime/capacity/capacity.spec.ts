import { expect, it } from 'vitest';
import { ManualClock } from '../manual-clock.ts';
import { createRegistry } from '../metrics.ts';
import { Capacity, rateMeter } from './capacity.ts';
import { registerCapacity } from './gauges.ts';

it('capacity is told as used, limit and ratio of each dimension, with the limit of now', async () => {
  const clock = new ManualClock();
  let items = 0;
  let limit = 200;
  const capacity = new Capacity(
    [
      { dimension: 'streams', limit: () => limit, used: () => 50 },
      rateMeter(
        'messages',
        () => items,
        () => 1_000,
        0,
      ),
    ],
    clock,
  );
  const registry = createRegistry('router', 'router-0', 'default/demo');
  registerCapacity(registry, capacity);
  items = 7_500;
  clock.advance(15_000);
  limit = 100;
  const lines = (await registry.metrics()).split('\n');
  const told = (what: string, dimension: string) =>
    lines.find((line) => line.startsWith(`topicplane_capacity_${what}{dimension="${dimension}"`));
  const labels = 'role="router",name="router-0",topic_cluster="default/demo"';
  expect(told('ratio', 'streams')).toBe(
    `topicplane_capacity_ratio{dimension="streams",${labels}} 0.5`,
  );
  expect(told('limit', 'streams')).toMatch(/ 100$/);
  expect(told('used', 'messages')).toMatch(/ 500$/);
  expect(told('ratio', 'messages')).toMatch(/ 0\.5$/);
});
