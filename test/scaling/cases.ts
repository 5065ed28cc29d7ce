import type { Case } from './compare.ts';

/** Tiers of all sizes that there may be; each carries the load of each trace. */
const tiers: readonly Omit<Case, 'seed' | 'unseen'>[] = [
  { tier: 'router', peak: 10, startSeconds: 45 },
  { tier: 'router', peak: 10, startSeconds: 90 },
  { tier: 'router', peak: 100, startSeconds: 45 },
  { tier: 'router', peak: 100, startSeconds: 90 },
  // With a part that is to be free, a thousand members.
  { tier: 'router', peak: 750, startSeconds: 45 },
  { tier: 'storage', peak: 10, startSeconds: 90 },
  { tier: 'storage', peak: 150, startSeconds: 45 },
  { tier: 'storage', peak: 150, startSeconds: 90 },
];

export interface Choice {
  /** Traces and seeds that nothing was set by, or those that it was. */
  readonly unseen: boolean;
  readonly seeds: readonly number[];
  /** Without the largest tiers, which take longest. */
  readonly quick: boolean;
}

export function cases({ unseen, seeds, quick }: Choice): readonly Case[] {
  const chosen = tiers.filter(({ peak }) => !quick || peak <= 100);
  return seeds.flatMap((seed) => chosen.map((it) => ({ ...it, seed, unseen })));
}
