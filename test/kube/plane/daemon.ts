import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processes } from '../../support/process-table.ts';
import { until } from '../../support/until.ts';

const endWithinMs = 5_000;
const lastWords = 15;

/**
 * One program of the control plane. What it is doing is kept in the plane's folder, so that any process of the tests
 * can end it or start it again: `<name>.pid` while it runs, and `<name>.log`.
 */
export class Daemon {
  readonly name: string;
  readonly #folder: string;
  readonly #command: string;
  readonly #args: readonly string[];

  constructor(folder: string, name: string, command: string, args: readonly string[]) {
    this.name = name;
    this.#folder = folder;
    this.#command = command;
    this.#args = args;
  }

  start(): void {
    if (this.pid !== undefined) throw new Error(`${this.name} runs already`);
    const log = openSync(this.#logFile, 'a');
    const child = spawn(this.#command, this.#args, {
      cwd: this.#folder,
      // In a session of its own: Ctrl-C in the terminal ends the tests, and they end this.
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    child.on('error', () => {});
    if (child.pid === undefined) throw new Error(`${this.#command} can't be started`);
    writeFileSync(this.#pidFile, String(child.pid));
    child.unref();
  }

  /** Undefined when it doesn't run. */
  get pid(): number | undefined {
    const recorded = readPid(this.#pidFile);
    return recorded !== undefined && isOf(recorded, this.#command) ? recorded : undefined;
  }

  signal(signal: NodeJS.Signals): void {
    const { pid } = this;
    if (pid === undefined) throw new Error(`${this.name} doesn't run:\n${this.lastWords()}`);
    process.kill(pid, signal);
  }

  /** Its data is thrown away with it, so it is given no time. */
  async kill(): Promise<void> {
    const { pid } = this;
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
    await until(`the end of ${this.name}`, endWithinMs, () => this.pid === undefined);
    rmSync(this.#pidFile, { force: true });
  }

  /** The end of its log. */
  lastWords(): string {
    try {
      return readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-lastWords).join('\n');
    } catch {
      return '';
    }
  }

  get #pidFile(): string {
    return join(this.#folder, `${this.name}.pid`);
  }

  get #logFile(): string {
    return join(this.#folder, `${this.name}.log`);
  }
}

function readPid(path: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}

/** A pid is used again after its process ended. */
function isOf(pid: number, command: string): boolean {
  return processes().some((each) => each.pid === pid && each.args[0] === command);
}
