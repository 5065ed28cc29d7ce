import { expect, it } from 'vitest';
import type * as Run from '../run.ts';
import { type Outcome, simulate } from '../run.ts';
import { type Mutant, mutants } from './list.ts';
import { mutatedRun } from './plugin.ts';

/** Seeds looked at, from the one that found the guard missing when the mutant was written. */
const SEEDS_MAX = 400;

/** One test for each second mutant, from the first or the second. */
export function itFindsMutants(half: 0 | 1): void {
  const mine = Object.entries(mutants).filter((_, index) => index % 2 === half);
  it.each(mine)('%s', { timeout: 240_000 }, async (name, mutant) => {
    const found = await find(name, mutant);
    expect(
      found?.problem,
      `nothing is seen to go wrong without this: ${mutant.guard}`,
    ).toBeDefined();
    if (!found) return;
    // It is the guard's absence that was found.
    const { problem } = await simulate(mutant.kind, found.seed);
    expect(problem).toBeUndefined();
  });
}

async function find(name: string, { kind, seed: from }: Mutant): Promise<Outcome | undefined> {
  const { simulate: live }: typeof Run = await import(/* @vite-ignore */ mutatedRun(name));
  for (let seed = from; seed < from + SEEDS_MAX; seed++) {
    const outcome = await live(kind, seed);
    if (outcome.problem === undefined) continue;
    if (process.env['SIMULATION_TELL']) {
      process.stdout.write(`${name}: seed ${seed}: ${outcome.problem.slice(0, 200)}\n`);
    }
    return outcome;
  }
  return undefined;
}
