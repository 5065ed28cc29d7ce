import { describe, expect, it } from 'vitest';
import { complaint } from '../support/oracle/index.ts';
import { run } from './scene.ts';

describe('two tiers', { timeout: 30_000 }, () => {
  it('lose nothing in silence while links break and readers come, go, stop and resume', async () => {
    const oracle = await run(1, 10_000, {
      steps: 400,
      happens: (world, random) => world.cutLinks(random(2)),
    });
    const verdict = oracle.verdict();
    expect(complaint(verdict)).toBeUndefined();
    expect(verdict.counts.acked).toBeGreaterThan(500);
    expect(verdict.counts.delivered).toBeGreaterThan(1_000);
  });

  it('announce exactly what a short history could not give back', async () => {
    const oracle = await run(2, 20, {
      steps: 300,
      happens: (world, random) => world.cutLinks(random(2)),
    });
    const verdict = oracle.verdict();
    expect(complaint(verdict)).toBeUndefined();
    expect(verdict.counts.announcedMissing).toBeGreaterThan(0);
  });

  it('announce what is lost when storage nodes lose their memory and owners change', async () => {
    const rings = [[0], [1], [0, 1]];
    const oracle = await run(3, 100, {
      steps: 300,
      happens: (world, random) => {
        if (random(2) === 0) return world.restart(random(2));
        return world.ownedBy(rings[random(rings.length)] as number[]);
      },
    });
    const verdict = oracle.verdict();
    expect(complaint(verdict)).toBeUndefined();
    expect(verdict.counts.discontinuities).toBeGreaterThan(0);
  });
});
