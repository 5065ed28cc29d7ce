import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Meter } from './capacity.ts';
import { Rate } from './rate.ts';

/** Rates are over this time: a scrape interval, so that no peak is missed and none is seen twice. */
export const rateWindowMs = 15_000;

/** What every process uses: CPU, event loop, memory. */
export function processMeters(nowMs: number, delaySecondsMax: number): readonly Meter[] {
  return [cpu(nowMs), eventLoop(), eventLoopDelay(delaySecondsMax), memory()];
}

function cpu(nowMs: number): Meter {
  const seconds = new Rate(
    () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
    rateWindowMs,
    nowMs,
  );
  return {
    dimension: 'cpu',
    limit: coresMax(),
    sample: (atMs) => seconds.sample(atMs),
    used: () => seconds.perSecond,
  };
}

function eventLoop(): Meter {
  let before = performance.eventLoopUtilization();
  let utilization = 0;
  return {
    dimension: 'event-loop',
    limit: 1,
    sample: () => {
      const now = performance.eventLoopUtilization();
      // Smoothed over about ten samples.
      utilization += (performance.eventLoopUtilization(now, before).utilization - utilization) / 10;
      before = now;
    },
    used: () => utilization,
  };
}

function eventLoopDelay(secondsMax: number): Meter {
  const histogram = monitorEventLoopDelay({ resolution: 10 });
  histogram.enable();
  let delaySeconds = 0;
  return {
    dimension: 'event-loop-delay',
    limit: secondsMax,
    sample: () => {
      const seconds = Math.max(0, histogram.percentile(99) / 1e9 - 0.01);
      delaySeconds += (seconds - delaySeconds) / 10;
      histogram.reset();
    },
    used: () => delaySeconds,
  };
}

function memory(): Meter {
  return { dimension: 'memory', limit: memoryMax(), used: () => process.memoryUsage.rss() };
}

/** Of the container, if it has a limit; else of the machine. */
function memoryMax(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}

/** Cores that this process may use, by its control group if that has a limit. */
function coresMax(): number {
  return Math.min(availableParallelism(), quota() ?? Number.POSITIVE_INFINITY);
}

function quota(): number | undefined {
  const [max, period] = (readOrNothing('/sys/fs/cgroup/cpu.max') ?? '').trim().split(' ');
  if (max !== undefined && max !== 'max' && Number(max) > 0) return Number(max) / Number(period);
  const quotaUs = Number(readOrNothing('/sys/fs/cgroup/cpu/cpu.cfs_quota_us') ?? -1);
  const periodUs = Number(readOrNothing('/sys/fs/cgroup/cpu/cpu.cfs_period_us') ?? 0);
  return quotaUs > 0 && periodUs > 0 ? quotaUs / periodUs : undefined;
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
