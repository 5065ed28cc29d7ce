export type { LinkBounds } from './bounds.ts';
export type { EndReason } from './ending.ts';
export { LinkServer, type LinkServerOptions } from './server.ts';
