import { type ChildProcess, spawn } from 'node:child_process';

/** How a program ended, and all that it said on both outputs. */
export interface Ended {
  readonly code: number | null;
  readonly said: string;
}

export interface Running {
  readonly process: ChildProcess;
  /** What it said so far. */
  said(): string;
  readonly ended: Promise<Ended>;
}

/** Starts a program with nothing on its input. */
export function start(program: string, args: readonly string[]): Running {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (text: Buffer) => (said += text.toString('latin1')));
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, said }));
  });
  return { process: child, said: () => said, ended };
}

export function run(program: string, ...args: readonly string[]): Promise<Ended> {
  return start(program, args).ended;
}
