export type { Feed } from './feed.ts';
export { type FeedEvents, type FeedOwners, Feeds } from './feeds.ts';
export { replayed, type Settling, settle } from './resume.ts';
