/** How the tiers of a cluster follow their load: from readings and memory to what is to be, and what is said of it. */
export { whyBusy } from './busy.ts';
export { tierNames } from './events.ts';
export { noScaling, type ScalingMemory, type TierMemory } from './memory.ts';
export { recallScaling } from './recall.ts';
export { planScaling, type ScalingPlan } from './scaling.ts';
export { type LoadSource, loadSource } from './source.ts';
export type { TakenReading } from './tier.ts';
export type { ScalingVerdicts } from './verdicts.ts';
export type { TierView } from './view.ts';
export { capacityWants } from './wants.ts';
