/** Topologies and routers for the specs of `storage/`; no part of the process. */

export { decodeItem, type SeenItem, TestRouter } from './router.ts';
export { bounds, self, type TopologyChange, topology } from './topology.ts';
