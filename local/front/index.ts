export { Front, type FrontMember, type FrontOptions } from './front.ts';
