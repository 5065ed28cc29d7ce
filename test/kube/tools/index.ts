export { binariesSource, findBinaries, type Source } from './binaries.ts';
export { type Clients, findClients } from './kubectl.ts';
export type { BinaryName, BinaryPaths } from './modules.ts';
