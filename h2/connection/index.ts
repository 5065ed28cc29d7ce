/** The server's side of a connection (RFC 9113): bytes in, calls and bytes out. Pure. */
export { type Run, Runs } from './run.ts';
export { type ConnectionHost, ServerConnection } from './server-connection.ts';
