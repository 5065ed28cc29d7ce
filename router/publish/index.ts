export { type Owners, Publisher } from './publisher.ts';
export { Rate } from './rate.ts';
