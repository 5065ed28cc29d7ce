/**
 * Page numbers: which incarnation of a topic's numbering an item belongs to.
 *
 *     page = (pageOrigin + epoch) * 2^23 + sweeps
 *
 * `epoch` is that of the topology the storage node holds when it creates the topic's state, `sweeps` how often this
 * process evicted idle topics. A topic that is created again on its node after an eviction has more sweeps behind it;
 * on another node, or after a restart, a higher epoch, because epochs go on rising across terms and every restart
 * gets one; in a cluster of the same name that was made again later, a larger origin. So pages only grow, and no
 * process needs a clock.
 */
const sweepsPerEpoch = 2 ** 23;

/** With this many sweeps in one epoch, a process stops evicting until the next epoch. */
export const sweepsMax = sweepsPerEpoch - 1;
/** Seconds: a cluster may be born until 2042. */
export const pageOriginMax = 2 ** 29 - 1;
export const epochMax = 2 ** 29 - 1;

/** 2025-01-01T00:00:00Z, in milliseconds since 1970. */
const originMs = 1_735_689_600_000;

export interface PageParts {
  /** Seconds from 2025-01-01T00:00:00Z to the birth of the cluster; fixed for its life. */
  readonly pageOrigin: number;
  readonly epoch: number;
  /** From 0 to `sweepsMax`. */
  readonly sweeps: number;
}

/** From 1 to 2^53 - 1; larger for a later epoch, and for more sweeps in one. Throws RangeError on parts out of range. */
export function pageOf({ pageOrigin, epoch, sweeps }: PageParts): number {
  requireInteger('page origin', pageOrigin, 0, pageOriginMax);
  requireInteger('epoch', epoch, 1, epochMax);
  requireInteger('sweeps', sweeps, 0, sweepsMax);
  return (pageOrigin + epoch) * sweepsPerEpoch + sweeps;
}

/** The parts of a page that can be told apart again; for people who read a page number. */
export function splitPage(page: number): {
  readonly originAndEpoch: number;
  readonly sweeps: number;
} {
  requireInteger('page', page, 0, Number.MAX_SAFE_INTEGER);
  return { originAndEpoch: Math.floor(page / sweepsPerEpoch), sweeps: page % sweepsPerEpoch };
}

/** The page origin of a cluster born at `birthMs` (milliseconds since 1970); clamped when a clock is far off. */
export function pageOriginAt(birthMs: number): number {
  const seconds = Math.floor((birthMs - originMs) / 1000);
  return Math.min(Math.max(seconds, 0), pageOriginMax);
}

function requireInteger(what: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new RangeError(`${what} must be a whole number from ${min} to ${max}, is ${value}`);
}
