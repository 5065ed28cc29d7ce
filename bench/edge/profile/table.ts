import type { Profile } from '../servers/index.ts';

export interface Row {
  /** The function, and where it is. */
  readonly what: string;
  readonly selfUs: number;
}

/**
 * What the profiler says while nothing of JavaScript runs: the process waits, or is in the kernel or in native code. The
 * second is the agent's own, through which the process was told to begin.
 */
const withoutJavaScript = ['(idle)', '(program)', 'dispatch'];

/** Self time of each function, the largest first, without what isn't JavaScript's or called by it. */
export function selfTimes(profile: Profile): readonly Row[] {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)] as const));
  const sums = new Map<string, number>();
  for (const [n, id] of profile.samples.entries()) {
    const name = names.get(id) ?? '(unknown)';
    sums.set(name, (sums.get(name) ?? 0) + (profile.timeDeltas[n] ?? 0));
  }
  return [...sums]
    .filter(([what]) => !withoutJavaScript.includes(what))
    .map(([what, selfUs]) => ({ what, selfUs }))
    .toSorted((a, b) => b.selfUs - a.selfUs);
}

/**
 * The largest ones, with their share of the CPU time and what one operation costs there.
 * @param cpuUs what the process used, as the system tells; what the profile doesn't explain is the kernel and native code
 */
export function profileTable(
  profile: Profile,
  operations: number,
  cpuUs: number,
  rowsMax: number,
): string {
  const rows = selfTimes(profile);
  const explainedUs = rows.reduce((sum, { selfUs }) => sum + selfUs, 0);
  const rest = {
    what: '(kernel and native code, not called by JavaScript)',
    selfUs: Math.max(0, cpuUs - explainedUs),
  };
  const allUs = explainedUs + rest.selfUs;
  return [rest, ...rows]
    .slice(0, rowsMax)
    .map(({ what, selfUs }) => {
      const share = `${((100 * selfUs) / allUs).toFixed(1)} %`;
      return `${share.padStart(8)}  ${(selfUs / operations).toFixed(3).padStart(9)} us  ${what}`;
    })
    .join('\n');
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  if (url === '') return functionName;
  const path = url.replace(/^file:\/\/.*?\/(dist|node_modules)\//, '$1/').replace(/^dist\//, '');
  return `${functionName || '(anonymous)'}  ${path}:${lineNumber + 1}`;
}
