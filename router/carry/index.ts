export { Carrier, type CarryOwners } from './carrier.ts';
