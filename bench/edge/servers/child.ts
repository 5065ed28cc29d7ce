import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { onCpu } from '../machine/pinning.ts';

const startsWithinMs = 30_000;
const endsWithinMs = 15_000;
const pollMs = 10;
const tellCharactersMax = 2_000;

export interface ChildOptions {
  readonly cpu: number | undefined;
  /** Node programs tell where they serve over it. */
  readonly ipc?: boolean;
}

/** A process that serves, until it is told to end or this one ends. */
export class Child {
  readonly process: ChildProcess;
  readonly #name: string;
  #said = '';

  constructor(name: string, program: string, args: readonly string[], options: ChildOptions) {
    const [command, all] = onCpu(options.cpu, program, args);
    this.#name = name;
    this.process = spawn(command, all, {
      stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc === true ? ['ipc' as const] : [])],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said = (this.#said + text).slice(-tellCharactersMax);
      });
    }
    this.process.on('error', () => {});
    const kill = () => this.process.kill('SIGKILL');
    process.once('exit', kill);
    this.process.once('exit', () => process.off('exit', kill));
  }

  get pid(): number {
    if (this.process.pid === undefined) throw new Error(`${this.#name} did not start`);
    return this.process.pid;
  }

  get hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  /** Resolves with the first message that `accept` makes something of. */
  async message<T>(what: string, accept: (message: unknown) => T | undefined): Promise<T> {
    let found: T | undefined;
    const listen = (message: unknown) => {
      found ??= accept(message);
    };
    this.process.on('message', listen);
    try {
      return await this.until(what, () => found);
    } finally {
      this.process.off('message', listen);
    }
  }

  /** Resolves when somebody listens on the port. */
  async listens(port: number): Promise<void> {
    await this.until(`listener on port ${port}`, () => canConnect(port));
  }

  /** Waits for something of this process. @throws when it ends, or takes too long. */
  async until<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
    const deadline = performance.now() + startsWithinMs;
    for (;;) {
      const found = await look();
      if (found) return found;
      const late = performance.now() > deadline;
      if (late || this.hasEnded || this.process.pid === undefined) {
        const how = late ? 'in time' : 'before it ended';
        throw new Error(`${this.#name}: no ${what} ${how}; it said: ${this.#said}`);
      }
      await delay(pollMs);
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.hasEnded || this.process.pid === undefined) return;
    const over = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill(signal);
    const timer = setTimeout(() => this.process.kill('SIGKILL'), endsWithinMs);
    await over;
    clearTimeout(timer);
  }
}

/** A port that nobody has now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** What a program says of its version; undefined: it is not there. */
export function versionOf(
  program: string,
  args: readonly string[],
  found: RegExp,
): string | undefined {
  const { stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  return error ? undefined : found.exec(stdout + stderr)?.[1];
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
