export { type AdminOptions, type AdminServer, type Readiness, startAdmin } from './admin.ts';
export { Buckets, registerBuckets } from './buckets.ts';
export {
  Capacity,
  type Meter,
  type ProcessReads,
  processMeters,
  processReads,
  rateMeter,
  registerCapacity,
  type Use,
} from './capacity/index.ts';
export { type Cancel, type Clock, sleep, systemClock } from './clock.ts';
export { bindServer } from './grpc.ts';
export { newIncarnation } from './incarnation.ts';
export { type Announcement, announce, type Ending, endOnSignal } from './lifecycle.ts';
export { Liveness, type LivenessRules } from './liveness.ts';
export { createLogger, type Logger, type LogLevel, logLevels, silentLogger } from './log.ts';
export { ManualClock } from './manual-clock.ts';
export {
  Counter,
  createRegistry,
  Gauge,
  Histogram,
  type Registry,
  readCounter,
  readCounters,
  readGauge,
  registerVersion,
} from './metrics.ts';
