/** What the operator says of a TopicCluster; the `status` of the resource. */
export interface TopicClusterStatus {
  /** The generation of the spec that this status speaks of. */
  readonly observedGeneration: number;
  /** One of each type, in the order of `conditionTypes`. */
  readonly conditions: readonly Condition[];
  readonly routers: ComponentStatus;
  readonly storage: ComponentStatus;
  /** Absent before the first topology. */
  readonly topology?: { readonly term: number; readonly epoch: number };
  /** What clients dial, host:port. */
  readonly endpoint: string;
}

export interface ComponentStatus {
  /** As the spec wants it. */
  readonly desired: number;
  readonly ready: number;
  /** Run as the spec says, by their pod template. */
  readonly updated: number;
  /** `2/3`: ready of desired, for tables. */
  readonly summary: string;
  readonly members: readonly MemberStatus[];
}

export interface MemberStatus {
  readonly name: string;
  readonly ready: boolean;
  /** Starting, Warming, InRotation, Draining, Stopped; Unknown when the member doesn't answer. */
  readonly phase: string;
  /** `term.epoch` it holds; absent when it holds none or doesn't answer. */
  readonly topology?: string;
  /** Why it isn't ready, for people. */
  readonly message?: string;
}

/**
 * Available: clients are served, and every topic has an owner that knows it is.
 * Progressing: the operator is at work, or waits for something it started.
 * Degraded: less is there than was asked for, or the operator can't go on.
 */
export const conditionTypes = ['Available', 'Progressing', 'Degraded'] as const;
export type ConditionType = (typeof conditionTypes)[number];

/** Why a condition is as it is, for machines. */
export const reasons = {
  Serving: 'Serving',
  NoTopology: 'NoTopology',
  NoRouterReady: 'NoRouterReady',
  OwnersNotAcknowledged: 'OwnersNotAcknowledged',
  Settled: 'Settled',
  MembersStarting: 'MembersStarting',
  MembersLeaving: 'MembersLeaving',
  TopologyChanging: 'TopologyChanging',
  RollingOut: 'RollingOut',
  AsDesired: 'AsDesired',
  InvalidSpec: 'InvalidSpec',
  MembersDown: 'MembersDown',
  TopologyRefused: 'TopologyRefused',
  NameTaken: 'NameTaken',
  ApplyFailed: 'ApplyFailed',
  RolloutHalted: 'RolloutHalted',
} as const;
export type Reason = keyof typeof reasons;

export interface Condition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False';
  readonly reason: Reason;
  /** For people. */
  readonly message: string;
  readonly observedGeneration: number;
  /** ISO 8601; when `status` last became what it is. */
  readonly lastTransitionTime: string;
}
