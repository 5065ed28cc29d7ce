import type { BatchBounds } from '../topics/index.ts';

/** The bounds of handoffs; defaults and effects stand in `storage/config.ts`. */
export interface HandoffBounds extends BatchBounds {
  readonly handoffsInFlightMax: number;
  readonly handoffTimeoutMs: number;
  readonly handoffBytesPerSecondMin: number;
  readonly refusedTopicsMax: number;
  readonly handoffRetryMs: number;
  readonly waitingMax: number;
  readonly waitingBytesMax: number;
  readonly orphansMs: number;
}
