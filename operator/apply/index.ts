export { apply, type PushResult } from './apply.ts';
