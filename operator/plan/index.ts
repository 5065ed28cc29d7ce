export type { PlanEvent } from './events.ts';
export { type PlannedObject, titleOf, wishOf } from './objects.ts';
export { makePlan, type Plan, type PlanContext } from './plan.ts';
export { defaultPolicy, type Policy } from './policy.ts';
export type { Push } from './pushes.ts';
export { type Attempt, learn, type RefusalMemory } from './refusals.ts';
export { deletionTitle, type Replacement } from './rollout.ts';
export type { WaitMemory } from './waits.ts';
