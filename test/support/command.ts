import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { repository } from './repository.ts';
import { Hopeless, until } from './until.ts';

export { repository } from './repository.ts';

const program = `${repository}dist/cli/main.js`;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface CommandOptions {
  /** undefined: it isn't to be there. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A command that is given this one as its last arguments, and becomes it: `unshare --mount`. */
  readonly by?: readonly string[];
  readonly stdin?: string | Uint8Array;
}

/** One run of the built `topicplane` command. */
export class Command {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  /** Everything it wrote to stderr. */
  errors = '';
  /** Resolves when it has ended and all output was read. */
  readonly ended: Promise<Ended>;
  #over: Ended | undefined;

  constructor(args: readonly string[], options: CommandOptions = {}) {
    const [first = '', ...rest] = [...(options.by ?? []), process.execPath, program, ...args];
    this.child = spawn(first, rest, {
      cwd: repository,
      env: { ...process.env, ...options.env },
      stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    this.child.stdin?.end(options.stdin);
    if (this.child.stdout) {
      createInterface({ input: this.child.stdout }).on('line', (line) => this.lines.push(line));
    }
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        this.#over = { code, signal };
        resolve(this.#over);
      });
    });
  }

  get output(): string {
    return this.lines.join('\n');
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the command did not start');
    return this.child.pid;
  }

  /** Waits for a line of its output; fails at once when the command ends without it. */
  async line(what: string, accept: (line: string) => boolean, withinMs = 20_000): Promise<string> {
    return until(`${what} on its output`, withinMs, () => {
      const line = this.lines.find(accept);
      if (line !== undefined || !this.#over) return line;
      throw new Hopeless(`no ${what}: it ended with ${JSON.stringify(this.#over)}: ${this.errors}`);
    });
  }

  /** As `ended`, but not for ever. */
  endedWithin(withinMs: number): Promise<Ended> {
    return until(`the end of process ${this.pid}`, withinMs, () => this.#over);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

/** Runs the command to its end. */
export async function run(args: readonly string[], options?: CommandOptions): Promise<Command> {
  const command = new Command(args, options);
  await command.ended;
  return command;
}
