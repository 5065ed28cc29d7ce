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
  /** The planned change of owners that is under way; absent when there is none. */
  readonly move?: MoveStatus;
  /** Of each tier that follows its load; absent when none does. */
  readonly scaling?: ScalingStatus;
  /** What clients dial, host:port. */
  readonly endpoint: string;
  /** The reason of the condition that a person should know of first, for tables; earlier operators don't say. */
  readonly summary?: Reason;
}

export interface ScalingStatus {
  readonly router?: TierScalingStatus;
  readonly storage?: TierScalingStatus;
}

/**
 * The last decision of a tier, what it was made from, and what the next ones need of those before, also after a restart
 * of the operator. Told anew when a decision is another, and once a minute. Decimals are text; times are ISO 8601.
 */
export interface TierScalingStatus {
  /** Members that the tier is to have. */
  readonly desired: number;
  /** A `ScaleReason` of operator/scale. */
  readonly reason: string;
  /** What was decided and from which numbers, for people. */
  readonly message: string;
  /** When the numbers were looked at. */
  readonly at: string;
  /** Absent when the load isn't known. */
  readonly inputs?: {
    readonly dimension: string;
    readonly load: string;
    readonly expected: string;
    readonly utilisationPercent: number;
    readonly hottest: string;
    readonly hottestPercent: number;
  };
  /** Seconds that new members took to serve, at most so many; what a forecast looks ahead. */
  readonly leads: readonly { readonly at: string; readonly seconds: number }[];
  /** Since when recommendations came without a gap, and when the last one came. */
  readonly since?: string;
  readonly last?: string;
  readonly recommendations: readonly {
    readonly at: string;
    readonly least: number;
    readonly most: number;
  }[];
  /** What was done lately. */
  readonly steps: readonly { readonly at: string; readonly from: number; readonly to: number }[];
}

export interface MoveStatus {
  /** Prepare: nothing has changed yet. Commit: topics are being handed over, one by one. */
  readonly phase: 'Prepare' | 'Commit';
  /** The storage nodes that own topics before it, and after it: `demo-storage-0, demo-storage-1`. */
  readonly from: string;
  readonly to: string;
  /** Topics that go to another owner, and those of them that still have to, as last counted; absent before. */
  readonly topics?: number;
  readonly topicsLeft?: number;
  /** ISO 8601; when it was begun. */
  readonly since: string;
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
 * ScalingActive: every tier that is to follow its load can. Only where one is to.
 * MetricsAvailable: what the members carry is known, from where it is to come. Only where a tier follows its load.
 */
export const conditionTypes = [
  'Available',
  'Progressing',
  'Degraded',
  'ScalingActive',
  'MetricsAvailable',
] as const;
export type ConditionType = (typeof conditionTypes)[number];

/** Why a condition is as it is, for machines. */
export const reasons = {
  Serving: 'Serving',
  NoCaches: 'NoCaches',
  NoClientService: 'NoClientService',
  NoTopology: 'NoTopology',
  NoRouterReady: 'NoRouterReady',
  OwnersNotAcknowledged: 'OwnersNotAcknowledged',
  Settled: 'Settled',
  Refused: 'Refused',
  MembersStarting: 'MembersStarting',
  MembersLeaving: 'MembersLeaving',
  TopologyChanging: 'TopologyChanging',
  Moving: 'Moving',
  RollingOut: 'RollingOut',
  Scaling: 'Scaling',
  AsDesired: 'AsDesired',
  InvalidSpec: 'InvalidSpec',
  MembersDown: 'MembersDown',
  MembersUnreachable: 'MembersUnreachable',
  TopologyRefused: 'TopologyRefused',
  NameTaken: 'NameTaken',
  ApplyFailed: 'ApplyFailed',
  RolloutHalted: 'RolloutHalted',
  FollowingLoad: 'FollowingLoad',
  ScalingPaused: 'ScalingPaused',
  OutOnly: 'OutOnly',
  MetricsRead: 'MetricsRead',
  QueryFailed: 'QueryFailed',
  NoData: 'NoData',
  PartialData: 'PartialData',
  Stale: 'Stale',
  Absurd: 'Absurd',
} as const;
export type Reason = keyof typeof reasons;

/** Reasons of the Events that tell of a move, for machines. */
export const moveReasons = {
  MoveBegun: 'MoveBegun',
  MoveCommitted: 'MoveCommitted',
  MoveFinished: 'MoveFinished',
  MoveAbandoned: 'MoveAbandoned',
  MoveForced: 'MoveForced',
} as const;
export type MoveReason = keyof typeof moveReasons;

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
