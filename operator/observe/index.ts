export { gather } from './gather.ts';
export { readHeldTopology } from './held-topology.ts';
export type { ClusterKey, HeldTopology, Observed, ObservedMember } from './observed.ts';
