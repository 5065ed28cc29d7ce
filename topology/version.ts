import type { topo } from '../proto/index.ts';

/** Lower than every version that was ever written; what a process reports that holds no topology. */
export const noVersion: topo.Version = Object.freeze({ term: 0, epoch: 0 });

/** Terms count the transitions of a Lease, which Kubernetes keeps in 32 bits with a sign; one more has to fit. */
export const termMax = 2 ** 31 - 2;

/** Leaders follow one another: a term further than this above all that are known of was never led. */
export const termStepMax = 1000;

/** Negative: `a` is older. 0: the same. Positive: `a` is newer. Terms decide, epochs within a term. */
export function compareVersions(a: topo.Version, b: topo.Version): number {
  return a.term === b.term ? a.epoch - b.epoch : a.term - b.term;
}

/** `term.epoch`, as logs, status and the console show it. */
export function formatVersion(version: topo.Version): string {
  return `${version.term}.${version.epoch}`;
}
