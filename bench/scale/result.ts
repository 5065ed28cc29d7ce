import type { Step } from '../../test/support/scaling-story.ts';
import type { Phase } from './curve.ts';

export interface ScaleOptions {
  /** Of the whole curve; then it waits until nothing is left to scale. */
  readonly seconds: number;
  /** Subscriptions and publishes a second when all of the load is there. */
  readonly subscriptions: number;
  readonly publishesPerSecond: number;
  /** Calls that one router is said to carry. */
  readonly streamsPerRouter: number;
  readonly min: number;
  readonly max: number;
  readonly targetPercent: number;
  /** Whether the operator asks a Prometheus, else the routers. */
  readonly prometheus: boolean;
}

/** What was so in one second. */
export interface Sample {
  /** Since the curve began. */
  readonly second: number;
  readonly subscriptions: number;
  readonly deliveriesPerSecond: number;
  readonly publishesPerSecond: number;
  /** Used of limit, of all routers in the rotation together, in the dimension that is used most; 1 is full. */
  readonly utilisation: number;
  readonly dimension: string;
  readonly desired: number;
  /** Started, and not in the rotation yet. */
  readonly warming: number;
  readonly inRotation: number;
  /** Of the deliveries of this second; null: there was none. */
  readonly deliveryMsP99: number | null;
  /** So far. */
  readonly discontinuities: number;
  readonly failedPublishes: number;
}

export interface ScaleResult {
  readonly options: ScaleOptions;
  readonly phases: readonly Phase[];
  readonly samples: readonly Sample[];
  /** Every change of the number of routers, as the operator told of it. */
  readonly steps: readonly Step[];
  /** By the oracle, of all clients, also those that left. */
  readonly totals: {
    readonly published: number;
    readonly failedPublishes: number;
    readonly delivered: number;
    readonly lost: number;
    readonly discontinuities: number;
    readonly deliveryMsP50: number;
    readonly deliveryMsP99: number;
  };
}
