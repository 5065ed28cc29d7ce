export type { PlanEvent } from './events.ts';
export type { PlannedObject } from './objects.ts';
export { makePlan, type Plan, type PlanContext } from './plan.ts';
export { defaultPolicy, type Policy } from './policy.ts';
export type { Push } from './pushes.ts';
export type { Shed } from './rebalance.ts';
export type { Replacement } from './rollout.ts';
export type { Drain } from './router-replicas.ts';
export type { WaitMemory } from './waits.ts';
