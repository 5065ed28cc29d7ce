export type { Arrival, BatchBounds, Moving } from './moving.ts';
export type { Arrivals, Owner, Role, TopicSettings } from './owner.ts';
export { stateBytes } from './state.ts';
export type { Feed, Topic } from './topic.ts';
export { auditTopicsMax, Topics, type TopicsBounds, type TopicsCounts } from './topics.ts';
