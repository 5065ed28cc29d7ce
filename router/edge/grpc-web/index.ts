/** gRPC-Web: gRPC's methods for pages in a browser. */
export { grpcWeb } from './routes.ts';
