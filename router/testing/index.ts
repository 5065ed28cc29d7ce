/** Storage nodes for the specs of the router, over streams that a test holds in its hands; no part of the process. */
export { PlayedClient, PlayedCluster, type Shape } from './played-cluster.ts';
export { PlayedStorage } from './played-storage.ts';
export { PlayedStream, type Told } from './played-stream.ts';
export { published } from './published.ts';
