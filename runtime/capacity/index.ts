/** How much of what it can use a process uses. */
export {
  Capacity,
  type Dimension,
  dimensions,
  type Meter,
  rateMeter,
  type Use,
} from './capacity.ts';
export { registerCapacity } from './gauges.ts';
export { processMeters } from './process-meters.ts';
export { type ProcessReads, processReads } from './process-reads.ts';
