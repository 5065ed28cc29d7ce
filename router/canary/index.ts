/** Whether this router delivers: it is its own client, all the time. */
export { Canaries, type CanaryOptions, type CanaryReport } from './canaries.ts';
export type { Verdict } from './verdict.ts';
