/** Programs in Go that tests need: built from pinned source once for all checkouts of a user. */
export { cacheFolder, isExecutable, onPath } from './cache.ts';
export { exclusively } from './exclusively.ts';
export { type GoModule, readModule } from './module.ts';
export { canHave, type GoProgram, have, pathOf } from './program.ts';
