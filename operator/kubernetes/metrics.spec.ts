import { expect, it } from 'vitest';
import { createRegistry } from '../../runtime/index.ts';
import { operatorMetrics } from './metrics.ts';

it('events that were dropped are a count that only grows', async () => {
  const registry = createRegistry('operator', 'me');
  let dropped = 2;
  operatorMetrics(registry, {
    store: () => undefined,
    isLeading: () => false,
    term: () => undefined,
    depth: () => 0,
    eventsDropped: () => dropped,
  });
  const name = 'topicplane_operator_events_dropped_total';
  const read = async () => {
    const text = await registry.metrics();
    return text.split('\n').filter((line) => line.includes(name) && !line.includes('HELP'));
  };
  expect(await read()).toEqual([`# TYPE ${name} counter`, expect.stringMatching(/ 2$/)]);
  dropped = 5;
  await read();
  expect((await read())[1]).toMatch(/ 5$/);
});
