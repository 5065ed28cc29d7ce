/**
 * The operator's way to a real Kubernetes API. Entered separately from `operator/`, because the client library is
 * heavy and one machine does without it.
 */
export { type Answered, KubernetesApi, type KubernetesApiOptions } from './api.ts';
export { type CacheBounds, KindCache } from './cache.ts';
export { ConnectError, type Connection, type ConnectOptions, connect } from './connection.ts';
export { Elector, type Leases, leasesOf } from './elector.ts';
export { asKubernetesError, KubernetesError, type KubernetesErrorCode } from './errors.ts';
export { EventRecorder } from './events.ts';
export { defaultLeaseDurations, durationsProblem, type LeaseDurations } from './lease.ts';
export { type OperatorConfig, runOperator, StartError } from './main.ts';
export { clusterNames, readCluster, type SeenCluster } from './read-cluster.ts';
export { fieldManager, KubernetesStore, type KubernetesStoreOptions } from './store.ts';
