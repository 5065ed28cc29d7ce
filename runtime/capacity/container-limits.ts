/** The text of a small file; undefined: it isn't there, or may not be read. */
export type ReadText = (path: string) => string | undefined;

/** What the control groups of a process leave it. Undefined: as much as the machine has. */
export interface ContainerLimits {
  readonly cores: number | undefined;
  readonly memoryBytes: number | undefined;
}

const root = '/sys/fs/cgroup';

/**
 * The strictest limits of the control groups that this process is in, and of those around them: those of a container, or
 * of a service. Version 2 (one tree) and 1 (one a resource); where both are mounted, either may limit.
 */
export function containerLimits(read: ReadText): ContainerLimits {
  const groups = groupsOf(read('/proc/self/cgroup') ?? '');
  return {
    cores: strictest([
      ...upwards(groups.unified).map((group) => quota(read(`${root}${group}/cpu.max`))),
      ...upwards(groups.cpu).map((group) => {
        const path = `${root}/cpu${group}/cpu.cfs`;
        return quota(`${read(`${path}_quota_us`) ?? ''} ${read(`${path}_period_us`) ?? ''}`);
      }),
    ]),
    memoryBytes: strictest([
      ...upwards(groups.unified).map((group) => number(read(`${root}${group}/memory.max`))),
      ...upwards(groups.memory).map((group) => {
        return number(read(`${root}/memory${group}/memory.limit_in_bytes`));
      }),
    ]),
  };
}

/** Lines are number:controllers:path; version 2 has no controllers. In a container the path may not be there: its own is `/`. */
function groupsOf(text: string): Record<'unified' | 'cpu' | 'memory', string> {
  const groups = { unified: '/', cpu: '/', memory: '/' };
  for (const line of text.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    if (controllers === '') groups.unified = path;
    if (controllers.split(',').includes('cpu')) groups.cpu = path;
    if (controllers.split(',').includes('memory')) groups.memory = path;
  }
  return groups;
}

/** `/a/b`: `/a/b`, `/a` and the root, which is empty. */
function upwards(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '');
  return names.map((_, at) => `/${names.slice(0, names.length - at).join('/')}`).concat('');
}

/** `quota period`, both in microseconds, or `max period`. */
function quota(text: string | undefined): number | undefined {
  const [max, period] = (text ?? '').trim().split(/\s+/).map(number);
  return max !== undefined && period !== undefined ? max / period : undefined;
}

/** `max`, -1 and nothing are no limit. */
function number(text: string | undefined): number | undefined {
  const value = Number.parseFloat(text ?? '');
  return value > 0 ? value : undefined;
}

function strictest(limits: readonly (number | undefined)[]): number | undefined {
  const set = limits.filter((limit) => limit !== undefined);
  return set.length > 0 ? Math.min(...set) : undefined;
}
