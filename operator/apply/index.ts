export { type Applied, apply, type PushResult } from './apply.ts';
