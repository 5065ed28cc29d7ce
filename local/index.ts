/** One machine: the operator, with objects in memory and members as processes, and the one port that clients dial. */
export { LocalCluster } from './cluster.ts';
export { type LocalInfo, readLocalInfo } from './data/index.ts';
export { LocalError, type LocalErrorCode } from './errors.ts';
export type { LocalEvent } from './events.ts';
export {
  defaultBackoff,
  httpProbe,
  Kubelet,
  type KubeletEvents,
  type KubeletOptions,
  type PodReport,
  type PodStore,
  startNode,
} from './kubelet/index.ts';
export type { LocalOptions } from './options.ts';
export { findPrometheus, Prometheus, type Target } from './prometheus/index.ts';
export { builtInCluster } from './source/index.ts';
export { isSettled, type LocalStatus, type MemberView } from './status/index.ts';
export { MemoryStore } from './store/index.ts';
