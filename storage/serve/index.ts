export type { LinkBounds } from './bounds.ts';
export { Links, type LinksOptions } from './links.ts';
export type { Moves } from './moves.ts';
export { LinkServer } from './server.ts';
export type { RouterStream, StreamStatus } from './stream.ts';
