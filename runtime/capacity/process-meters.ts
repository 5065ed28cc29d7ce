import { type Meter, rateMeter } from './capacity.ts';
import type { ProcessReads } from './process-reads.ts';

/**
 * An event loop that is as late as this does not serve well: far more than the 1 to 10 ms of one that is merely busy, far
 * less than the 900 ms after which links give a process up.
 */
export const delaySecondsMax = 0.1;
/** Samples of a second each: what lasts less than half of them is no load, and no reason to scale. */
const delaySamples = 15;

/** What every process uses: CPU, event loop, memory. */
export function processMeters(reads: ProcessReads, nowMs: number): readonly Meter[] {
  return [
    rateMeter(
      'cpu',
      () => reads.cpuSeconds(),
      () => reads.cores,
      nowMs,
    ),
    rateMeter(
      'event-loop',
      () => reads.busySeconds(),
      () => 1,
      nowMs,
    ),
    eventLoopDelay(reads, nowMs),
    { dimension: 'memory', limit: () => reads.memoryBytes, used: () => reads.residentBytes() },
  ];
}

/**
 * How late the event loop is by its own doing. On a machine where others are busy, an idle process comes late to its
 * timers too, and more of them would come no sooner. So the delay of each second counts by the part of it in which
 * the loop was busy; and of the last seconds the median counts, which a collection of garbage or a hiccup doesn't move.
 */
function eventLoopDelay(reads: ProcessReads, nowMs: number): Meter {
  let sampledMs = nowMs;
  let busySeconds = reads.busySeconds();
  // A process that starts is late to everything, for some seconds.
  let delays: readonly number[] = Array.from({ length: delaySamples }, () => 0);
  return {
    dimension: 'event-loop-delay',
    limit: () => delaySecondsMax,
    sample: (atMs) => {
      const busy = reads.busySeconds();
      const share = Math.min(1, ((busy - busySeconds) * 1_000) / Math.max(1, atMs - sampledMs));
      delays = [...delays.slice(1), reads.delaySeconds() * share];
      sampledMs = atMs;
      busySeconds = busy;
    },
    used: () => median(delays),
    close: () => reads.close(),
  };
}

/** Of none: 0. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
