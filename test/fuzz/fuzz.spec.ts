import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { makeSession } from './session.ts';
import { Trial } from './trial.ts';

/** FUZZ_SEED: only this one. FUZZ_MUTATIONS: so many of them. */
const { FUZZ_SEED, FUZZ_MUTATIONS = '500000' } = process.env;

const atOnce = 1_000;
/** What an edge may hold more at the end than after a tenth of it all. */
const growthBytesMax = 2 * 1024 * 1024;
const looks = 10;
const lookMs = 100;

it('an edge survives whatever it is told, and keeps nothing of it', async () => {
  const trial = new Trial();
  const wanted = FUZZ_SEED === undefined ? Number(FUZZ_MUTATIONS) : 1;
  let seed = FUZZ_SEED === undefined ? 1 : Number(FUZZ_SEED);
  let mutations = 0;
  let heldBytes: number | undefined;
  const byLayer = new Map<string, number>();
  while (mutations < wanted) {
    const seeds = Array.from({ length: FUZZ_SEED === undefined ? atOnce : 1 }, () => seed++);
    const sessions = seeds.map((one) => makeSession(one));
    for (const { layer, mutations: some } of sessions) {
      mutations += some;
      byLayer.set(layer, (byLayer.get(layer) ?? 0) + some);
    }
    const problem = await trial.live(sessions);
    if (problem !== undefined) throw new Error(await told(seeds, problem));
    if (FUZZ_SEED !== undefined) break;
    if (mutations > wanted / 10) heldBytes ??= await heldNow();
  }
  trial.close();
  const held = await heldNow();
  const growth = held - (heldBytes ?? held);
  console.log(
    `${mutations} mutations, seeds 1 to ${seed - 1}: ${[...byLayer].map((one) => one.join(' ')).join(', ')}`,
  );
  expect(growth).toBeLessThan(growthBytesMax);
}, 900_000);

/** Finds which of the seeds it is. */
async function told(seeds: readonly number[], problem: string): Promise<string> {
  for (const seed of seeds) {
    const trial = new Trial();
    const found = await trial.live([makeSession(seed)]);
    trial.close();
    if (found === undefined) continue;
    return `seed ${seed}: ${found}\nAgain: FUZZ_SEED=${seed} npx vitest run --project e2e test/fuzz/fuzz`;
  }
  return `seeds ${seeds[0]} to ${seeds.at(-1)} together, none of them alone: ${problem}`;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** The least of several looks: what is let go in one turn is collected in a later one. */
async function heldNow(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < looks; look += 1) {
    await delay(lookMs);
    collect();
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
  }
  return least;
}
