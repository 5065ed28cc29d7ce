import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { BenchResult } from '../../bench/edge/result.ts';
import { repository } from '../support/repository.ts';

const out = mkdtempSync(join(tmpdir(), 'topicplane-bench-spec-'));

afterAll(() => rmSync(out, { recursive: true }));

/** Nothing is said of how fast anything is. */
function bench(...args: readonly string[]) {
  const program = `${repository}dist/bench/edge/main.js`;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--out', out, ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('the bench', () => {
  it('measures the cluster, and nats-server where it is there', () => {
    const only = '^(fanout-10|streams-1000|publish-4x16)$';
    const servers = '^(topicplane|nats)$';
    const run = ['--only', only, '--servers', servers, '--rounds', '2', '--seconds', '0.2'];
    const { status, stdout, stderr } = bench(...run, '--json');
    expect(status, stderr).toBe(0);
    const result = JSON.parse(stdout) as BenchResult;
    expect(JSON.parse(readFileSync(join(out, 'edge.json'), 'utf8'))).toEqual(result);
    const present = ['topicplane', 'nats'].filter((name) => !result.absent.includes(name));
    expect(present[0]).toBe('topicplane');
    expect(result.measured.map(({ scenario, server }) => `${scenario} ${server}`)).toEqual(
      ['fanout-10', 'streams-1000', 'publish-4x16'].flatMap((scenario) =>
        present.map((server) => `${scenario} ${server}`),
      ),
    );
    for (const { scenario, server, samples } of result.measured) {
      expect(samples).toHaveLength(2);
      const subscribers = { 'fanout-10': 10, 'streams-1000': 32_000 }[scenario] ?? 1;
      for (const { operations, seconds, cpuNs } of samples) {
        expect(operations).toBeGreaterThan(0);
        expect(operations % subscribers).toBe(0);
        expect(Object.keys(cpuNs)).toEqual(
          server === 'nats' ? ['nats-server'] : ['router', 'storage'],
        );
        const used = Object.values(cpuNs).reduce((sum, ns) => sum + ns, 0);
        expect(used).toBeGreaterThan(0);
        expect(used).toBeLessThan(seconds * 1e9 * (result.machine.cpus + 1));
      }
    }
    const tables = readFileSync(join(out, 'edge.md'), 'utf8');
    for (const each of ['### Against the budgets', '`fanout-10`', '`publish-4x16`', 'storage']) {
      expect(tables).toContain(each);
    }
    expect(tables).not.toMatch(/NaN|undefined/);
  });

  it('shows where the time of both processes goes', () => {
    const { status, stdout, stderr } = bench('--profile', '--only', '^fanout-10$', '--quick');
    expect(status, stderr).toBe(0);
    for (const part of ['router', 'storage']) {
      expect(stdout).toMatch(new RegExp(`^fanout-10: ${part}, \\d+\\.\\d\\d us of CPU`, 'm'));
    }
    expect(stdout).toMatch(/^ +\d+\.\d % +\d+\.\d{3} us {2}\S+ {2}router\/fanout\/\S+:\d+$/m);
  });

  it('says what is wrong with its arguments', () => {
    const { status, stderr } = bench('--rounds', 'many');
    expect(status).toBe(2);
    expect(stderr).toContain('--rounds must be a number above 0, is "many"');
  });
});
