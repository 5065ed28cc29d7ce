/** A client of HTTP/2 for streams that live for hours, each on a connection of its own. */
export type { Field } from '../hpack/index.ts';
export { type ClientBounds, defaultClientBounds } from './bounds.ts';
export { ClientStream, type StreamEnd, type StreamEvents } from './client-stream.ts';
export { type OpenStream, openStream } from './open-stream.ts';
