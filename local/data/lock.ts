import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { LocalError } from '../errors.ts';

interface Holder {
  readonly pid: number;
  /** Tells this process from a later one with the same pid; undefined where the system doesn't say. */
  readonly born: string | undefined;
}

/**
 * Takes the folder for this process by a file at `path`. A file that a dead process left is taken over.
 * Throws LocalError `data-dir` when a live process holds it. Returns how to let go.
 */
export function lock(path: string, folder: string): () => void {
  const mine: Holder = { pid: process.pid, born: bornAt(process.pid) };
  if (!create(path, mine)) {
    const holder = read(path);
    if (holder && isAlive(holder)) {
      throw new LocalError(
        'data-dir',
        `${folder} is in use by another local cluster (pid ${holder.pid}): stop that one, or choose another folder with --data-dir`,
      );
    }
    rmSync(path, { force: true });
    if (!create(path, mine)) {
      throw new LocalError(
        'data-dir',
        `${folder} was just taken by another local cluster: choose another folder with --data-dir`,
      );
    }
  }
  return () => rmSync(path, { force: true });
}

function create(path: string, holder: Holder): boolean {
  try {
    writeFileSync(path, `${JSON.stringify(holder)}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function read(path: string): Holder | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return typeof value.pid === 'number' ? { pid: value.pid, born: value.born } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, born }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and is another user's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return born === undefined || bornAt(pid) === born;
}

/** Start time of a process since boot, in clock ticks (proc(5), stat, field 22); undefined outside Linux. */
function bornAt(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
