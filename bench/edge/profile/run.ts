import type { Pinning } from '../machine/pinning.ts';
import type { Scenario } from '../scenarios/index.ts';
import type { Contender } from '../servers/index.ts';
import { profileTable } from './table.ts';

const rowsMax = 30;

/** Runs one scenario on one server under V8's profiler. @returns a table for each of its processes. */
export async function profile(
  scenario: Scenario,
  contender: Contender,
  { pinning, warmUpMs, roundMs }: { pinning: Pinning; warmUpMs: number; roundMs: number },
): Promise<string> {
  const server = await contender.start({ pinning, isObserved: true });
  try {
    if (!server.profiler)
      throw new Error(`${contender.name} can't be profiled: it is no Node program`);
    const running = await scenario.prepare(server, contender.wire);
    if (!scenario.isFresh) await running.measure(warmUpMs);
    await server.profiler.start();
    const { operations, cpuNs } = await running.measure(roundMs);
    const profiles = await server.profiler.stop();
    running.close();
    const tables = [...profiles].map(([name, each]) => {
      const cpuUs = (cpuNs[name] ?? 0) / 1000;
      const perOperation = (cpuUs / operations).toFixed(2);
      const head = `${scenario.name}: ${name}, ${perOperation} us of CPU a ${scenario.operation} while profiled`;
      return `${head}\n${profileTable(each, operations, cpuUs, rowsMax)}\n`;
    });
    return tables.join('\n');
  } finally {
    await server.stop();
  }
}
