import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  /** The terminal session it belongs to; Ctrl-C reaches no other. */
  readonly session: number;
  readonly args: readonly string[];
}

/** Processes of this machine as /proc tells them; zombies are left out. */
export function processes(): ProcessInfo[] {
  return readdirSync('/proc').flatMap((entry) => {
    const pid = Number(entry);
    const info = Number.isInteger(pid) ? processInfo(pid) : undefined;
    return info ? [info] : [];
  });
}

export function isAlive(pid: number): boolean {
  return processInfo(pid) !== undefined;
}

function processInfo(pid: number): ProcessInfo | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent, , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    return { pid, parent: Number(parent), session: Number(session), args };
  } catch {
    return undefined;
  }
}
