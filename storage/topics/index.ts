export type { Owner, TopicSettings } from './owner.ts';
export type { Feed, Topic } from './topic.ts';
export { Topics, type TopicsBounds, type TopicsCounts } from './topics.ts';
