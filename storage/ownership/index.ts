export { type Applied, generationsMax, Ownership, type Self } from './ownership.ts';
