export { isSettled, type LocalStatus, type MemberView, roleOf, viewOf } from './status.ts';
