import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processes } from '../support/process-table.ts';
import { repository } from '../support/repository.ts';
import { Hopeless, until } from '../support/until.ts';

const startWithinMs = 90_000;
const stopWithinMs = 20_000;

/** `npm run kube:shell`, whose build the tests have behind them. */
describe('npm run kube:shell', () => {
  let shell: ChildProcess;
  let said = '';
  let code: number | null | undefined;

  beforeAll(async () => {
    shell = spawn(process.execPath, ['dist/test/kube/kube-shell.js'], {
      cwd: repository,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [shell.stdout, shell.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    }
    shell.on('close', (ended) => {
      code = ended;
    });
    await until('the control plane', startWithinMs, () => {
      if (code !== undefined) throw new Hopeless(`it ended: ${said}`);
      return said.includes('Ctrl-C ends everything');
    });
  });

  afterAll(() => void shell?.kill('SIGKILL'));

  it('says what to type for a kubectl and a helm that work', () => {
    const exports = said.split('\n').filter((line) => line.startsWith('  export '));
    expect(exports).toHaveLength(2);
    const typed = (line: string) =>
      execFileSync('sh', ['-c', [...exports, line].join('\n')], { encoding: 'utf8' });
    expect(typed('kubectl get nodes -o name')).toBe('node/rig\n');
    expect(typed('helm list --short')).toBe('');
  });

  it('leaves nothing behind when it is ended', async () => {
    const folder = dirname(/KUBECONFIG=(\S+)/.exec(said)?.[1] ?? '');
    expect(existsSync(folder)).toBe(true);
    const members = () =>
      processes().filter(({ args }) => args.some((arg) => arg.includes(folder)));
    expect(members().length).toBeGreaterThan(2);
    shell.kill('SIGINT');
    await until('its end', stopWithinMs, () => code !== undefined);
    expect([code, existsSync(folder), members()]).toEqual([0, false, []]);
  });
});
