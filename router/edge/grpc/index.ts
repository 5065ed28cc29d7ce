/** gRPC over the exchanges of an engine. */
export type { CallStream } from './call.ts';
export type { Codec } from './codec.ts';
export { grpc, refuse, refuseHttp1, serve } from './routes.ts';
export {
  invalidArgument,
  refusalOf,
  type Status,
  type StatusCode,
  statusOf,
} from './status.ts';
