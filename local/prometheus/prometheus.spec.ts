import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../runtime/index.ts';
import { isAlive } from '../data/holder.ts';
import { findPrometheus } from './find.ts';
import { Prometheus } from './prometheus.ts';

/** Says its process id and the address it is to listen on. Ends when asked, unless it is to be stubborn. */
const fake = `#!/bin/sh
for arg in "$@"; do case $arg in --web.listen-address=*) address=\${arg#*=};; esac; done
[ -e "$(dirname "$0")/stubborn" ] && trap '' TERM
echo "$$ $address"
while :; do sleep 0.05; done
`;

let folder: string;
let program: string;
let running: Prometheus | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topicplane-prometheus-'));
  program = join(folder, 'prometheus');
  writeFileSync(program, fake);
  chmodSync(program, 0o755);
});
afterEach(() => {
  running?.kill();
  rmSync(folder, { recursive: true, force: true });
});

async function start() {
  const said: string[] = [];
  const died: string[] = [];
  running = await Prometheus.start({
    program,
    folder: join(folder, 'of-prometheus'),
    scrapeMs: 2_000,
    clock: systemClock,
    backoff: { baseMs: 1, capMs: 1, healthyMs: 60_000 },
    events: {
      said: (line) => said.push(line),
      died: (how) => died.push(how),
      failed: (error) => died.push(String(error)),
    },
  });
  const runs = () =>
    said.flatMap((line) => {
      const [, pid, address] = /^(\d+) (127.*)$/.exec(line) ?? [];
      return address === undefined ? [] : [{ pid: Number(pid), address }];
    });
  return { prometheus: running, runs, died };
}

const lives = (pid: number): boolean => isAlive({ pid, born: undefined });

describe('a Prometheus of this machine', () => {
  test('finds a config, and targets that are replaced as members come and go', async () => {
    const { prometheus } = await start();
    const text = (name: string) => readFileSync(join(folder, 'of-prometheus', name), 'utf8');
    expect(text('prometheus.yml')).toContain('scrape_interval: 2s\n');
    expect(JSON.parse(text('targets.json'))).toEqual([]);
    prometheus.setTargets([{ name: 'local-router-0', address: '127.0.0.1:7' }]);
    expect(JSON.parse(text('targets.json'))).toEqual([
      { targets: ['127.0.0.1:7'], labels: { instance: 'local-router-0' } },
    ]);
    prometheus.setTargets([]);
    expect(JSON.parse(text('targets.json'))).toEqual([]);
  });

  test('that dies is told of, and started again where it was', async () => {
    const { prometheus, runs, died } = await start();
    for (const times of [1, 2, 3]) {
      await expect.poll(() => runs().length).toBe(times);
      process.kill(runs().at(-1)?.pid ?? 0, 'SIGKILL');
      await expect.poll(() => died.length).toBe(times);
    }
    expect(died).toEqual(Array(3).fill('exit code 137'));
    for (const { address } of runs()) expect(`http://${address}`).toBe(prometheus.url);
  });

  test('ends when it is to, and nothing starts it again', async () => {
    const { prometheus, runs, died } = await start();
    await expect.poll(() => runs().length).toBe(1);
    await prometheus.end(60_000);
    expect(runs().some(({ pid }) => lives(pid))).toBe(false);
    expect(prometheus.isRunning).toBe(false);
    expect(died).toEqual([]);
  });

  test('is killed when it does not end in time', async () => {
    writeFileSync(join(folder, 'stubborn'), '');
    const { prometheus, runs } = await start();
    await expect.poll(() => runs().length).toBe(1);
    await prometheus.end(1);
    await expect.poll(() => runs().some(({ pid }) => lives(pid))).toBe(false);
  });
});

describe('the program', () => {
  test('is looked for on the PATH', () => {
    expect(findPrometheus(`/nowhere::${folder}`)).toBe(program);
  });

  test('that is nowhere, or can not be run, is told with what to install', () => {
    chmodSync(program, 0o644);
    for (const path of [undefined, '', '/nowhere', folder]) {
      expect(() => findPrometheus(path)).toThrow(/no program prometheus on the PATH: .*apt-get/);
    }
  });
});
