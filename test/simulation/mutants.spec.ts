import { describe, expect, it } from 'vitest';
import { mutants } from './mutants/list.ts';
import { mutatedRun } from './mutants/plugin.ts';
import type * as Run from './run.ts';

/** Each guard is found missing well before this many seeds. */
const SEEDS_MAX = Number(process.env['SEEDS_MAX'] ?? 150);

describe('the simulation finds that', { timeout: 120_000 }, () => {
  it.each(Object.entries(mutants).filter(([name]) => new RegExp(process.env['MUTANT'] ?? '').test(name)))('%s', async (name, { kind }) => {
    const { simulate }: typeof Run = await import(/* @vite-ignore */ mutatedRun(name));
    let found: number | undefined;
    for (let seed = 1; seed <= SEEDS_MAX && found === undefined; seed++) {
      const outcome = await simulate(kind, seed);
      if (outcome.problem !== undefined) { found = seed; console.log(name, seed, outcome.problem.slice(0, 300)); }
    }
    if (found === undefined) console.log(name, 'NOT FOUND');
    expect(found).toBeDefined();
  });
});
