import { describe, expect, it } from 'vitest';
import { complaint } from '../support/oracle/index.ts';
import { run } from './scene.ts';

const rings = [[1], [0, 1, 2], [2], [0, 1]];

describe('topics that move between real storage nodes', { timeout: 120_000 }, () => {
  it('lose nothing, double nothing and keep their pages, and no reader notices', async () => {
    let moves = 0;
    let moving: Promise<void> | undefined;
    const oracle = await run(11, 10_000, {
      storage: 3,
      owners: 1,
      steps: 300,
      outboxBytes: 1 << 20,
      happens: (world) => {
        moving ??= world.moveTo(rings[moves++ % rings.length] as number[]).finally(() => {
          moving = undefined;
        });
      },
      over: () => moving,
    });
    const { counts, ...verdict } = oracle.verdict();
    expect(complaint({ counts, ...verdict })).toBeUndefined();
    expect(counts.discontinuities).toBe(0);
    expect(counts.failed).toBe(0);
    expect(counts.delivered).toBeGreaterThan(0);
    expect(moves).toBeGreaterThan(8);
  });

  it('lose nothing in silence while the links that carry them break', async () => {
    let moves = 0;
    const oracle = await run(12, 10_000, {
      storage: 3,
      owners: 1,
      steps: 200,
      outboxBytes: 1 << 20,
      happens: async (world, random) => {
        const moved = world.moveTo(rings[moves++ % rings.length] as number[]);
        for (let cuts = random(4); cuts > 0; cuts--) {
          world.cutLinks(random(3));
          await new Promise((resolve) => setTimeout(resolve, random(15)));
        }
        await moved;
      },
    });
    const { counts, ...verdict } = oracle.verdict();
    expect(complaint({ counts, ...verdict })).toBeUndefined();
    expect(counts.announcedMissing).toBe(0);
    expect(moves).toBeGreaterThan(8);
  });
});
