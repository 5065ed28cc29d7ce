import { expect, it } from 'vitest';
import { measureScaleOut } from '../../../bench/scale-out.ts';
import { repository } from '../../support/command.ts';

it('the measurement of a move measures one', async () => {
  const topics = 2_000;
  const report = await measureScaleOut({
    program: `${repository}dist/cli/main.js`,
    topics,
    storage: 2,
    routers: 1,
    payloadBytes: 100,
    publishesPerSecond: 100,
  });
  expect(report.lost).toBe(0);
  expect(report.failed).toBe(0);
  // A third of them, give or take what the ring does.
  expect(report.moved).toBeGreaterThan(topics / 5);
  expect(report.moved).toBeLessThan(topics / 2);
  expect(report.moveMs).toBeGreaterThan(0);
  expect(report.pauseMsP99).toBeGreaterThanOrEqual(report.pauseMsP50);
  expect(report.answerMsMax).toBeGreaterThan(0);
  expect(report.members).toHaveLength(4);
});
