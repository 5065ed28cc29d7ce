/** Pure builders of the objects that a cluster is made of. */
export { clearance } from './clearance.ts';
export { differences } from './differences.ts';
export { type Owner, ownerOf } from './owner.ts';
export {
  clusterIdIn,
  drainMsOf,
  drainSecondsDefault,
  leaveRotationMs,
  type PodSettings,
  templateHash,
} from './pod-template.ts';
export { ports } from './ports.ts';
export { buildServices, clientPort } from './services.ts';
export { buildStatefulSet } from './statefulset.ts';
export { buildTopologyConfigMap } from './topology-config-map.ts';
export { buildDisruptionBudgets, buildServiceAccount } from './upkeep.ts';
