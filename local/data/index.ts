export { birthAfter } from './birth.ts';
export { DataDir, type LocalInfo, readLocalInfo } from './data-dir.ts';
