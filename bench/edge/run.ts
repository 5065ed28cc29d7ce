import type { Pinning } from './machine/pinning.ts';
import type { Measured } from './result.ts';
import type { Running, Sample, Scenario } from './scenarios/index.ts';
import type { Contender, Server } from './servers/index.ts';

export interface RunOptions {
  readonly rounds: number;
  readonly roundMs: number;
  readonly warmUpMs: number;
  readonly pinning: Pinning;
  /** Told before each step, for people. */
  readonly progress: (line: string) => void;
}

/** A server under its load. */
interface Subject {
  readonly contender: Contender;
  readonly server: Server;
  readonly running: Running;
}

/**
 * One scenario on all servers that can do it, in turns: each round begins with another server, so that nobody gains by what
 * the machine does beside. Loads stay on while others are measured; they do nothing then.
 */
export async function runScenario(
  scenario: Scenario,
  contenders: readonly Contender[],
  options: RunOptions,
): Promise<readonly Measured[]> {
  const samples = new Map(contenders.map(({ name }) => [name, [] as Sample[]] as const));
  const subjects: Subject[] = [];
  try {
    for (const contender of scenario.isFresh ? [] : contenders) {
      options.progress(`${scenario.name}: ${contender.name} warms up`);
      const subject = await start(scenario, contender, options);
      subjects.push(subject);
      await measure(subject, scenario, options.warmUpMs);
    }
    const rounds = Math.min(options.rounds, scenario.roundsMax ?? options.rounds);
    for (let round = 0; round < rounds; round++) {
      for (const contender of rotated(contenders, round)) {
        options.progress(`${scenario.name}: ${contender.name}, round ${round + 1} of ${rounds}`);
        const kept = subjects.find((each) => each.contender === contender);
        const sample = await measured(kept, scenario, contender, options);
        samples.get(contender.name)?.push(sample);
      }
    }
  } finally {
    for (const subject of subjects) await stop(subject);
  }
  return [...samples].map(([server, rounds]) => ({
    ...{ scenario: scenario.name, server, samples: rounds },
  }));
}

/** @param kept undefined: the round has a server of its own */
async function measured(
  kept: Subject | undefined,
  scenario: Scenario,
  contender: Contender,
  options: RunOptions,
): Promise<Sample> {
  const subject = kept ?? (await start(scenario, contender, options));
  try {
    return await measure(subject, scenario, Math.max(options.roundMs, scenario.msMin ?? 0));
  } finally {
    if (!kept) await stop(subject);
  }
}

/** @throws Error that tells which server it was */
async function measure(
  { running, contender }: Subject,
  scenario: Scenario,
  ms: number,
): Promise<Sample> {
  try {
    return await running.measure(ms);
  } catch (error) {
    throw new Error(`${scenario.name}, ${contender.name}: ${(error as Error).message}`);
  }
}

async function start(
  scenario: Scenario,
  contender: Contender,
  { pinning }: RunOptions,
): Promise<Subject> {
  const server = await contender.start({ pinning, isObserved: scenario.isObserved === true });
  try {
    return { contender, server, running: await scenario.prepare(server, contender.wire) };
  } catch (error) {
    await server.stop();
    throw new Error(`${scenario.name}, ${contender.name}: ${(error as Error).message}`);
  }
}

async function stop({ running, server }: Subject): Promise<void> {
  running.close();
  await server.stop();
}

function rotated<T>(values: readonly T[], by: number): readonly T[] {
  const from = by % Math.max(1, values.length);
  return [...values.slice(from), ...values.slice(0, from)];
}
