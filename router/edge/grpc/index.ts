/** gRPC over the exchanges of an engine. */
export type { GrpcContext } from './context.ts';
export { IncompleteBytes } from './deframe.ts';
export { refuse, route } from './routes.ts';
