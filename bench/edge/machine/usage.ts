import { readdirSync, readFileSync } from 'node:fs';

const nsPerTick = 10_000_000;
const pageBytes = 4096;

/**
 * CPU time, user and system, that a process has used since it began, in nanoseconds. /proc/PID/schedstat counts
 * nanoseconds, but those of one thread: all of them are added up. Where the kernel keeps none, it is /proc/PID/stat, in
 * steps of 10 ms.
 */
export function cpuNs(pid: number): number {
  let sum = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const text = readOrNothing(`/proc/${pid}/task/${thread}/schedstat`);
    sum += Number(text.split(' ')[0] ?? 0);
  }
  return sum > 0 ? sum : ticksOf(pid) * nsPerTick;
}

/** What a process has in memory. */
export function residentBytes(pid: number): number {
  const [, pages] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
  return Number(pages) * pageBytes;
}

function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** A thread may end while it is looked at. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '0';
  }
}
