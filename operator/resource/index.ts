/** The TopicCluster: its fields, checks and defaults, once for the operator, the local runner and the CRD. */
export { topicClusterCrd } from './crd.ts';
export type { Field, IntegerField, ListField, ObjectField, Resolved, TextField } from './field.ts';
export { type ParseResult, parseTopicCluster } from './parse.ts';
export { canonicalQuantity } from './quantity.ts';
export { metadataSchema, specSchema, type TopicClusterSpec } from './schema.ts';
export {
  type ComponentStatus,
  type Condition,
  type ConditionType,
  conditionTypes,
  type MemberStatus,
  type MoveReason,
  type MoveStatus,
  moveReasons,
  type Reason,
  reasons,
  type ScalingStatus,
  type TierScalingStatus,
  type TopicClusterStatus,
} from './status.ts';
export { statusSchema } from './status-schema.ts';
export { type ResolveResult, resolveTopicCluster, type TopicCluster } from './topic-cluster.ts';
export { type Problem, problemsOf } from './validate.ts';
