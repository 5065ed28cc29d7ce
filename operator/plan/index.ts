export type { Drain } from './drain.ts';
export type { PlanEvent } from './events.ts';
export {
  accountTitle,
  type PlannedObject,
  startsPods,
  titleOf,
  versionUnder,
  wishOf,
} from './objects.ts';
export { makePlan, type Plan, type PlanContext } from './plan.ts';
export { defaultPolicy, type Policy } from './policy.ts';
export { type PushPauses, pausesAfter } from './push-pauses.ts';
export type { Push } from './pushes.ts';
export type { Shed } from './rebalance.ts';
export { type Attempt, learn, type RefusalMemory } from './refusals.ts';
export { deletionTitle, type Replacement } from './rollout.ts';
export {
  capacityWants,
  noScaling,
  type ScalingMemory,
  type TierView,
} from './scaling/index.ts';
export type { StatusMemory } from './status-write.ts';
export type { WaitMemory } from './waits.ts';
