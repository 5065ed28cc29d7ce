export { builtInCluster } from './built-in.ts';
export { type Edit, type Parsed, readEdit } from './edit.ts';
export { watchFile } from './file-watch.ts';
