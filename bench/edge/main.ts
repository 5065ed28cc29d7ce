import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { choosePinning, moveTo, type Pinning } from './machine/pinning.ts';
import { type BenchOptions, parseOptions, usage } from './options.ts';
import { profile } from './profile/run.ts';
import { withTables } from './report/document.ts';
import { markdownOf } from './report/markdown.ts';
import type { BenchResult, Measured } from './result.ts';
import { runScenario } from './run.ts';
import { type Scenario, scenarios } from './scenarios/index.ts';
import { type Contender, contenders } from './servers/index.ts';

/** Before the rounds: code is compiled, and memory is what it stays. */
const warmUpRounds = 1.5;
const warmUpMsMax = 3_000;
const clearLine = '\r\x1b[K';

const options = optionsOrUsage();
const chosen = scenarios.filter(({ name }) => options.only.test(name));
const servers = contenders.filter(({ name }) => options.servers.test(name));
// Servers are ended when this process is.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  await perform(options);
} catch (error) {
  process.stderr.write(`\nthe bench failed: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
// Nothing is left to wait for but what was left behind.
process.exit();

async function perform({ task, only, servers: named }: BenchOptions): Promise<void> {
  if (chosen.length === 0) throw new Error(`no scenario matches --only ${only.source}; see --list`);
  if (servers.length === 0)
    throw new Error(`no server matches --servers ${named.source}; see --list`);
  switch (task) {
    case 'list':
      for (const { name, title } of chosen) process.stdout.write(`${name.padEnd(20)}${title}\n`);
      process.stdout.write(`servers: ${servers.map(({ name }) => name).join(', ')}\n`);
      return;
    case 'profile':
      return profileAll(options);
    case 'measure':
      return tell(await measureAll(options));
  }
}

async function profileAll({ roundMs }: BenchOptions): Promise<void> {
  // The profiler looks from a thread of its own: on the CPU of what it looks at it would come when that waits.
  const pinning = { servers: undefined, load: undefined, words: 'not pinned: profiled' };
  const warmUpMs = warmUpMsOf(roundMs);
  for (const scenario of chosen) {
    for (const contender of servers.filter((each) => canDo(scenario, each))) {
      const table = await profile(scenario, contender, { pinning, warmUpMs, roundMs });
      process.stdout.write(`${table}\n`);
    }
  }
}

async function measureAll({ rounds, roundMs }: BenchOptions): Promise<BenchResult> {
  const versions = servers.map((each) => [each.name, each.version()] as const);
  const absent = versions.flatMap(([name, version]) => (version === undefined ? [name] : []));
  if (absent.length > 0) process.stderr.write(`not on this machine: ${absent.join(', ')}\n`);
  const present = servers.filter(({ name }) => !absent.includes(name));
  const pinning = pinned();
  const run = { rounds, roundMs, pinning, warmUpMs: warmUpMsOf(roundMs), progress };
  const measured: Measured[] = [];
  for (const scenario of chosen) {
    const able = present.filter((each) => canDo(scenario, each));
    measured.push(...(await runScenario(scenario, able, run)));
  }
  if (process.stderr.isTTY) process.stderr.write(clearLine);
  return {
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cpus: cpus().length,
      kernel: release(),
      node: process.version.slice(1),
      loadAverage: loadavg()[0] ?? Number.NaN,
      pinning: pinning.words,
    },
    versions: Object.fromEntries(
      versions.flatMap(([name, version]) => (version === undefined ? [] : [[name, version]])),
    ),
    ...{ absent, rounds, secondsPerRound: roundMs / 1000, measured },
  };
}

function tell(result: BenchResult): void {
  const { out, document, json } = options;
  const text = `${JSON.stringify(result, null, 2)}\n`;
  const tables = markdownOf(result);
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'edge.json'), text);
  writeFileSync(join(out, 'edge.md'), `${tables}\n`);
  if (document !== undefined) {
    writeFileSync(document, withTables(readFileSync(document, 'utf8'), tables));
  }
  process.stdout.write(json ? text : `${tables}\n`);
}

function warmUpMsOf(roundMs: number): number {
  return Math.min(roundMs * warmUpRounds, warmUpMsMax);
}

function canDo({ contenders: able }: Scenario, { name }: Contender): boolean {
  return able === undefined || able.includes(name);
}

function pinned(): Pinning {
  const pinning = choosePinning();
  moveTo(pinning.load);
  process.stderr.write(`${pinning.words}\n`);
  return pinning;
}

function progress(line: string): void {
  process.stderr.write(process.stderr.isTTY ? `${clearLine}${line}` : `${line}\n`);
}

function optionsOrUsage(): BenchOptions {
  try {
    const parsed = parseOptions(process.argv.slice(2));
    if (parsed !== 'help') return parsed;
    process.stdout.write(usage);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}
