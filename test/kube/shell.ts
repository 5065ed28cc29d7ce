import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { inject } from 'vitest';
import { findClients } from './tools/index.ts';

const timeoutMs = 60_000;

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** kubectl and helm as a person has them, with a kubeconfig of their own. */
export class Shell {
  readonly #folder: string;
  readonly #programs: { readonly kubectl: string; readonly helm: string };

  private constructor(folder: string, programs: { kubectl: string; helm: string }) {
    this.#folder = folder;
    this.#programs = programs;
  }

  /** @param kubeconfig text. */
  static async open(kubeconfig: string): Promise<Shell> {
    const programs = await findClients((line) => process.stderr.write(`kube: ${line}\n`));
    const folder = mkdtempSync(join(inject('plane').folder, 'shell-'));
    writeFileSync(join(folder, 'kubeconfig'), kubeconfig, { mode: 0o600 });
    return new Shell(folder, programs);
  }

  get kubeconfigFile(): string {
    return join(this.#folder, 'kubeconfig');
  }

  /** Runs it to its end; an exit code other than 0 is a result. @param stdin for `-f -`. */
  kubectl(args: readonly string[], stdin?: string): Promise<Said> {
    return this.#run(this.#programs.kubectl, args, stdin);
  }

  helm(args: readonly string[], stdin?: string): Promise<Said> {
    return this.#run(this.#programs.helm, args, stdin);
  }

  /** Types a line at a shell in `folder`, where kubectl and helm are on the PATH. */
  type(line: string, folder: string): Promise<Said> {
    return this.#run('sh', ['-c', line], undefined, folder);
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #run(program: string, args: readonly string[], stdin?: string, cwd?: string): Promise<Said> {
    const folders = Object.values(this.#programs).map((path) => dirname(path));
    const PATH = [...folders, process.env['PATH']].join(delimiter);
    const env = { ...process.env, PATH, KUBECONFIG: this.kubeconfigFile, HOME: this.#folder };
    const options = { cwd, env, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 };
    return new Promise((resolve, reject) => {
      const child = execFile(program, args, options, (error, stdout, stderr) => {
        const code = error ? error.code : 0;
        if (typeof code === 'number') resolve({ code, stdout, stderr });
        else reject(error ?? new Error(`${program} did not end`));
      });
      child.stdin?.on('error', () => {});
      child.stdin?.end(stdin ?? '');
    });
  }
}
