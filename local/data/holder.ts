import { readFileSync } from 'node:fs';

/** A process, told apart from a later one with the same pid. */
export interface Holder {
  readonly pid: number;
  /** Undefined where the system doesn't say. */
  readonly born: string | undefined;
}

export function thisProcess(): Holder {
  return { pid: process.pid, born: statOf(process.pid)?.born };
}

export function isAlive({ pid, born }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and is another user's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const stat = statOf(pid);
  if (stat?.state === 'Z') return false;
  return born === undefined || stat?.born === born;
}

interface Stat {
  /** Z: it ended, and its parent didn't ask how. */
  readonly state: string | undefined;
  /** Start time since boot, in clock ticks. */
  readonly born: string | undefined;
}

/** proc(5), stat, fields 3 and 22; undefined outside Linux. */
function statOf(pid: number): Stat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], born: fields[19] };
  } catch {
    return undefined;
  }
}
