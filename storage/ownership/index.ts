export { type Applied, Ownership, type Self } from './ownership.ts';
