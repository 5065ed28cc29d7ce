import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from './command.ts';
import { getState } from './member-calls.ts';
import { isAlive, processes } from './process-table.ts';
import { Hopeless, until } from './until.ts';

const startWithinMs = 60_000;
const answerWithinMs = 20_000;

/** The line that `npm start -- --json` prints. */
interface Ready {
  readonly endpoint: string;
  readonly members: readonly {
    readonly role: string;
    readonly addresses: Readonly<Record<string, string>>;
  }[];
}

interface Typed {
  readonly child: ChildProcess;
  output: string;
  code: number | null | undefined;
}

/**
 * Somebody who types the commands of the README, in the order of the README, each cluster and each subscriber in a
 * terminal of its own. Differences to a real reader: installing is left out, the tests aren't run from within the
 * tests, and the cluster gets free ports and a folder of its own.
 */
export class ReadmeReader {
  readonly #folder = mkdtempSync(join(tmpdir(), 'topicplane-readme-'));
  readonly #subscribers: Typed[] = [];
  readonly #published: string[] = [];
  #cluster: Typed | undefined;
  #clusters = 0;
  #endpoint = '';
  /** Control addresses. */
  #routers: string[] = [];
  #data = '';

  /** Types one line. @throws Error when a command fails, or doesn't get where it should in time. */
  async type(line: string): Promise<void> {
    const command = line
      .replace(/^npm ci( && |$)/, '')
      .replace('127.0.0.1:8080', this.#endpoint || '127.0.0.1:8080');
    if (command === '' || command === 'npm test') return;
    if (command.startsWith('npm start')) return this.#start(command);
    if (/topicplane subscribe/.test(command) && !command.includes('--count')) {
      return this.#subscribe(command);
    }
    const typed = this.#run(this.#atItsData(command));
    await until(`"${command}" ends`, answerWithinMs, () => typed.code !== undefined);
    if (typed.code !== 0) throw new Error(`"${command}" failed: ${typed.output}`);
    const payload = /(?:topicplane publish|curl) .*"([^"]+)"/.exec(command)?.[1];
    if (payload !== undefined) this.#published.push(payload);
  }

  /** Waits until every subscriber printed everything that was published. */
  async sawItsItem(): Promise<void> {
    if (this.#subscribers.length === 0 || this.#published.length === 0) {
      throw new Error('the README shows no subscriber and no publish to it');
    }
    await until('every subscriber prints the item', answerWithinMs, () =>
      this.#subscribers.every(({ output }) =>
        this.#published.every((item) => output.includes(item)),
      ),
    );
  }

  async close(): Promise<void> {
    for (const subscriber of this.#subscribers) await interrupt(subscriber);
    await this.#stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(command: string): Promise<void> {
    await this.#stop();
    this.#data = join(this.#folder, `data-${++this.#clusters}`);
    const dashes = command.includes(' -- ') ? '' : ' --';
    const typed = this.#run(
      `exec ${command}${dashes} --port 0 --admin-port 0 --data-dir ${this.#data} --json`,
    );
    this.#cluster = typed;
    const line = await until(`"${command}" is ready`, startWithinMs, () => {
      if (typed.code !== undefined) throw new Hopeless(`"${command}" ended: ${typed.output}`);
      return /^\{"ready":true.*\}$/m.exec(typed.output);
    });
    const ready = JSON.parse(line[0]) as Ready;
    this.#endpoint = ready.endpoint;
    this.#routers = ready.members.flatMap(({ role, addresses }) =>
      role === 'router' ? [addresses['control'] ?? ''] : [],
    );
  }

  async #subscribe(command: string): Promise<void> {
    const before = await this.#subscriptions();
    this.#subscribers.push(this.#run(`exec ${command}`));
    await until(`"${command}" has subscribed`, answerWithinMs, async () => {
      return (await this.#subscriptions()) > before;
    });
  }

  async #subscriptions(): Promise<number> {
    const states = await Promise.all(this.#routers.map(getState));
    return states.reduce((sum, { subscriptions }) => sum + subscriptions, 0);
  }

  /** `status` looks in the folder of the cluster; a reader's is the default one. */
  #atItsData(command: string): string {
    return command.endsWith('topicplane status') ? `${command} --data-dir ${this.#data}` : command;
  }

  async #stop(): Promise<void> {
    if (this.#cluster) await interrupt(this.#cluster);
    this.#cluster = undefined;
  }

  #run(command: string): Typed {
    const child = spawn('sh', ['-c', command], {
      cwd: repository,
      env: { ...process.env, TOPICPLANE_ENDPOINT: this.#endpoint || '127.0.0.1:8080' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const typed: Typed = { child, output: '', code: undefined };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        typed.output += text;
      });
    }
    child.on('close', (code) => {
      typed.code = code;
    });
    return typed;
  }
}

/**
 * Ctrl-C reaches everything that the terminal runs: npm, and the program that npm runs; not what has a session of its
 * own. @throws Error when something is left.
 */
async function interrupt({ child: { pid } }: Typed): Promise<void> {
  if (pid === undefined) return;
  const started = [pid, ...descendants(pid)];
  const reached = processes().filter(({ session }) => session === sessionOf(pid));
  for (const each of started) {
    if (reached.some((other) => other.pid === each)) process.kill(each, 'SIGINT');
  }
  await until('the end of all that was started', answerWithinMs, () => !started.some(isAlive));
}

function sessionOf(pid: number): number | undefined {
  return processes().find((each) => each.pid === pid)?.session;
}

function descendants(pid: number): number[] {
  const children = processes().filter(({ parent }) => parent === pid);
  return children.flatMap((child) => [child.pid, ...descendants(child.pid)]);
}
