import { describe, expect, it } from 'vitest';
import { type BenchResult, figuresOf, type Measured } from '../result.ts';
import { verdicts } from './budgets.ts';
import { withTables } from './document.ts';
import { markdownOf } from './markdown.ts';

/** Rounds of one second with so many microseconds for each of 1,000 operations. */
function measured(scenario: string, server: string, parts: Record<string, number[]>): Measured {
  const rounds = Math.max(...Object.values(parts).map((values) => values.length));
  const samples = Array.from({ length: rounds }, (_, n) => ({
    operations: 1_000,
    seconds: 1,
    cpuNs: Object.fromEntries(
      Object.entries(parts).map(([name, values]) => [name, (values[n] ?? 0) * 1e6] as const),
    ),
  }));
  return { scenario, server, samples };
}

const result: BenchResult = {
  machine: {
    cpu: 'a CPU',
    cpus: 2,
    kernel: '6.1',
    node: '20.20.2',
    loadAverage: 2,
    pinning: 'not pinned',
  },
  versions: { topicplane: '0.1.0', nats: '2.9.10' },
  ...{ absent: ['redis'], rounds: 3, secondsPerRound: 1 },
  measured: [
    measured('fanout-100', 'topicplane', { router: [9, 7, 8], storage: [1, 1, 2] }),
    measured('fanout-100', 'nats', { 'nats-server': [10, 9, 40] }),
    measured('bursts-100', 'topicplane', { router: [0.5, 0.4, 0.5], storage: [0.1, 0.1, 0.1] }),
    measured('bursts-100', 'nats', { 'nats-server': [0.6, 0.6, 0.6] }),
    measured('publish-4x16', 'topicplane', { router: [8, 8, 8], storage: [2, 2, 2] }),
  ],
};

describe('the report', () => {
  it('tells medians of the rounds, of each process', () => {
    const [ours] = result.measured;
    const { cpuUs, perSecond } = figuresOf(ours as Measured);
    expect(cpuUs).toEqual({ router: 8, storage: 1 });
    expect(perSecond).toBe(1_000);
  });

  it('holds the router against another server of the same run', () => {
    const told = verdicts(result).map(({ budget, measured: value, allowed }) => {
      return [budget.scenario, value, Number(allowed.toFixed(3))];
    });
    expect(told).toEqual([
      ['fanout-100', 8, 10],
      ['bursts-100', 0.5, 0.42],
      ['publish-4x16', 10, Number.NaN],
    ]);
  });

  it('says what was missed, and what was not measured', () => {
    const rows = markdownOf(result).split('\n');
    const row = (start: string) => rows.find((line) => line.startsWith(`| \`${start}\``));
    expect(row('fanout-100')).toMatch(/8\.00 us \| 10\.0 us \(1 x nats\) \| █{8} 0\.80 \| met \|$/);
    expect(row('bursts-100')).toMatch(/\| \*\*missed\*\* \|$/);
    expect(row('publish-4x16')).toContain('not measured (0.1 x grpc-js)');
    expect(rows).toContain('Not on this machine, and not measured: redis.');
  });

  it('goes between the marks of a document', () => {
    const marked = 'before\n<!-- bench: begin -->\n\nold\n\n<!-- bench: end -->\nafter\n';
    const written = withTables(marked, 'new');
    expect(written).toBe('before\n<!-- bench: begin -->\n\nnew\n\n<!-- bench: end -->\nafter\n');
    expect(withTables(written, 'new')).toBe(written);
    expect(() => withTables('no marks', 'new')).toThrow('lacks the marks');
  });
});
