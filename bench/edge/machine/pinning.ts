import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Which CPU the servers have, and which one the load has; undefined: nobody is kept to one. */
export interface Pinning {
  readonly servers: number | undefined;
  readonly load: number | undefined;
  /** Why nobody is pinned, or how it was done; for people. */
  readonly words: string;
}

/** Servers and load apart, so that neither waits for the other and the caches of the servers are their own. */
export function choosePinning(): Pinning {
  const none = { servers: undefined, load: undefined };
  const cpus = allowedCpus();
  if (cpus.length < 2) {
    return { ...none, words: 'not pinned: this machine lets the bench have one CPU only' };
  }
  if (spawnSync('taskset', ['--version']).error) {
    return { ...none, words: 'not pinned: taskset (util-linux) is not on the PATH' };
  }
  const [servers, load] = cpus;
  return { servers, load, words: `servers pinned to CPU ${servers}, load to CPU ${load}` };
}

/** A command line that runs the command on one CPU; the process is the command's own, not one around it. */
export function onCpu(
  cpu: number | undefined,
  command: string,
  args: readonly string[],
): readonly [command: string, args: readonly string[]] {
  return cpu === undefined ? [command, args] : ['taskset', ['-c', String(cpu), command, ...args]];
}

/** Moves this process, with all of its threads. */
export function moveTo(cpu: number | undefined): void {
  if (cpu === undefined) return;
  const { status, stderr } = spawnSync('taskset', [
    '-a',
    '-c',
    '-p',
    String(cpu),
    `${process.pid}`,
  ]);
  if (status !== 0) throw new Error(`taskset can't move the load to CPU ${cpu}: ${String(stderr)}`);
}

function allowedCpus(): readonly number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(textOf('/proc/self/status'))?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    if (first === undefined || last === undefined || range === '') return [];
    return Array.from({ length: last - first + 1 }, (_, n) => first + n);
  });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
