import { describe, expect, it } from 'vitest';
import { complaint } from '../support/oracle/index.ts';
import { run } from './scene.ts';

describe('two tiers', { timeout: 120_000 }, () => {
  it('lose nothing in silence while links break and readers come, go, stop and resume', async () => {
    const oracle = await run(1, 10_000, {
      steps: 400,
      enough: ({ acked, delivered }) => acked > 500 && delivered > 1_000,
      happens: (world, random) => world.cutLinks(random(2)),
    });
    expect(complaint(oracle.verdict())).toBeUndefined();
  });

  it('announce exactly what a short history could not give back', async () => {
    const oracle = await run(2, 20, {
      steps: 300,
      enough: ({ announcedMissing }) => announcedMissing > 0,
      happens: (world, random) => world.cutLinks(random(2)),
    });
    expect(complaint(oracle.verdict())).toBeUndefined();
  });

  it('announce what is lost when storage nodes lose their memory and owners change', async () => {
    const rings = [[0], [1], [0, 1]];
    const oracle = await run(3, 100, {
      steps: 300,
      enough: ({ discontinuities }) => discontinuities > 0,
      happens: (world, random) => {
        if (random(2) === 0) return world.restart(random(2));
        return world.ownedBy(rings[random(rings.length)] as number[]);
      },
    });
    expect(complaint(oracle.verdict())).toBeUndefined();
  });
});
