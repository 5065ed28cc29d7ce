/** The control plane: from TopicClusters to running members and the topology they serve with. */
export { addressOf, isReady } from './address.ts';
export { type Controller, type ControllerOptions, startController } from './controller.ts';
export { GrpcMembers } from './members/grpc-members.ts';
export type { Members } from './members/members.ts';
export {
  addressAnnotationPrefix,
  apiVersion,
  belongsTo,
  type Component,
  clientServiceName,
  components,
  headlessServiceName,
  kind,
  labelNames,
  objectLabels,
  ordinalOf,
  podName,
  selectorLabels,
  statefulSetName,
  topologyConfigMapName,
  topologyKey,
  topologyMountPath,
} from './names.ts';
export { defaultPolicy, type Policy } from './plan/policy.ts';
export {
  type ComponentStatus,
  type Condition,
  type ConditionType,
  conditionTypes,
  type Field,
  type MemberStatus,
  metadataSchema,
  type ParseResult,
  parseTopicCluster,
  type Reason,
  type ResolveResult,
  reasons,
  resolveTopicCluster,
  specSchema,
  type TopicCluster,
  type TopicClusterSpec,
  type TopicClusterStatus,
} from './resource/index.ts';
export type {
  Change,
  ConfigMap,
  Container,
  ContainerPort,
  EnvVar,
  Kind,
  Kinds,
  KubeObject,
  Metadata,
  ObjectStore,
  OwnerReference,
  Pod,
  PodTemplate,
  Service,
  StatefulSet,
} from './store.ts';
