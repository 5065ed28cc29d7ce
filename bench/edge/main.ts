import { choosePinning, moveTo } from './machine/pinning.ts';
import { type BenchOptions, parseOptions, usage } from './options.ts';
import { profile } from './profile/run.ts';
import { scenarios } from './scenarios/index.ts';
import { contenders } from './servers/index.ts';

const options = optionsOrUsage();
const pinning = choosePinning();
moveTo(pinning.load);
process.stderr.write(`${pinning.words}\n`);
const wanted = scenarios.filter(({ name }) => options.only.test(name));
const present = contenders.filter(({ name }) => options.servers.test(name));
const { roundMs } = options;
for (const scenario of wanted) {
  for (const contender of present.filter((each) => each.version() !== undefined)) {
    if (options.task === 'profile') {
      const table = await profile(scenario, contender, { pinning, warmUpMs: roundMs, roundMs });
      process.stdout.write(`${table}\n`);
      continue;
    }
    if (scenario.contenders && !scenario.contenders.includes(contender.name)) continue;
    const server = await contender.start({ pinning, isObserved: false });
    const running = await scenario.prepare(server, contender.wire);
    await running.measure(roundMs);
    const { operations, seconds, cpuNs } = await running.measure(roundMs);
    const costs = Object.entries(cpuNs).map(
      ([name, ns]) => `${name} ${(ns / 1000 / operations).toFixed(2)}`,
    );
    const line = `${scenario.name} ${contender.name} ${costs.join(' ')} us; ${Math.round(operations / seconds)} a second`;
    process.stdout.write(`${line}\n`);
    running.close();
    await server.stop();
  }
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
