export { Oracle } from './oracle.ts';
export type { Position } from './position.ts';
export type { Notice } from './stream-check.ts';
export { type Counts, complaint, type Invariant, type Verdict, type Violation } from './verdict.ts';
