import { writeFileSync } from 'node:fs';
import { tooSeldom } from './coverage.ts';
import { type Outcome, simulate } from './run.ts';
import type { Kind } from './schedule.ts';

/** Seeds of each kind in one run of the specs. */
const SEEDS = 400;
/** Of the trace of a seed that failed. */
const TAIL_LINES = 120;

/** SIMULATION_SEED: only this one. SIMULATION_SEEDS: so many of each kind. SIMULATION_TRACE: a file for the whole trace. */
const { SIMULATION_SEED, SIMULATION_SEEDS, SIMULATION_TRACE } = process.env;

/**
 * Lets clusters live, one after the other; throws what a reader needs of the first that isn't well, and when they lived
 * too quietly.
 */
export async function liveThroughSeeds(kind: Kind): Promise<void> {
  const happened = new Map<string, number>();
  let lives = 0;
  for (const seed of seeds()) {
    const outcome = await simulate(kind, seed);
    lives += 1;
    for (const [what, times] of outcome.happened) {
      happened.set(what, (happened.get(what) ?? 0) + times);
    }
    if (outcome.problem !== undefined || SIMULATION_TRACE !== undefined) await tell(outcome);
    // Others may want the event loop.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const seldom = tooSeldom(kind, happened, lives);
  if (seldom.length > 0) throw new Error(`Too little happened to them:\n${seldom.join('\n')}`);
}

function* seeds(): Iterable<number> {
  if (SIMULATION_SEED !== undefined) {
    yield Number(SIMULATION_SEED);
    return;
  }
  for (let seed = 1; seed <= Number(SIMULATION_SEEDS ?? SEEDS); seed++) yield seed;
}

/** Lives through it again, taking notes. */
async function tell({ kind, seed, hash, problem }: Outcome): Promise<void> {
  const again = await simulate(kind, seed, { recording: true });
  if (SIMULATION_TRACE !== undefined) writeFileSync(SIMULATION_TRACE, lines(again).join('\n'));
  if (problem === undefined) return;
  const replayed =
    again.hash === hash ? [] : [`It isn't the same the second time: ${hash}, then ${again.hash}.`];
  throw new Error(
    [
      `${kind}, seed ${seed}: ${problem}`,
      ...replayed,
      `Again: SIMULATION_SEED=${seed} npx vitest run --project simulation test/simulation/${kind}`,
      ...lines(again, TAIL_LINES),
    ].join('\n'),
  );
}

function lines({ schedule, trace }: Outcome, tail = trace.length): readonly string[] {
  return ['What was done to it:', ...schedule, 'What happened:', ...trace.slice(-tail)];
}
