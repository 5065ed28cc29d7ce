export { writeAtomically } from './atomic.ts';
export { birthAfter } from './birth.ts';
export { DataDir, type LocalInfo, readLocalInfo } from './data-dir.ts';
