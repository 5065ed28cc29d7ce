import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { containerLimits, type ReadText } from './container-limits.ts';

/** What a process can find out about itself. */
export interface ProcessReads {
  /** Of all its threads, since the start. */
  cpuSeconds(): number;
  /** Time in which the event loop didn't wait for something to do, since the start. */
  busySeconds(): number;
  /** How late the event loop came to a timer, since this was last asked: the 99th percentile. */
  delaySeconds(): number;
  residentBytes(): number;
  /** Cores that it may use, and bytes: those of its container, or of the machine. Both as they were at the start. */
  readonly cores: number;
  readonly memoryBytes: number;
  /** Measures no more. */
  close(): void;
}

/** Each look wakes the process: an idle one does little else. */
const resolutionMs = 50;

export function processReads(): ProcessReads {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  const { cores, memoryBytes } = containerLimits(readText);
  return {
    cpuSeconds: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
    busySeconds: () => performance.eventLoopUtilization().active / 1_000,
    delaySeconds: () => {
      // From one timer to the next, of which the wait is a part.
      const seconds = Math.max(0, delays.percentile(99) / 1e9 - resolutionMs / 1_000);
      delays.reset();
      return seconds;
    },
    residentBytes: () => process.memoryUsage.rss(),
    cores: Math.min(cores ?? Number.POSITIVE_INFINITY, availableParallelism()),
    memoryBytes: Math.min(memoryBytes ?? Number.POSITIVE_INFINITY, totalmem()),
    close: () => void delays.disable(),
  };
}

const readText: ReadText = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};
