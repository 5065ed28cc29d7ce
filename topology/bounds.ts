/** Both ends are allowed. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

const mebibyte = 1024 * 1024;

/** The sane range of every setting that a topology carries. The TopicCluster's fields take theirs from here. */
export const settingBounds = {
  messageBytesMax: { min: 1, max: 8 * mebibyte },
  historyItemsMax: { min: 1, max: 65_536 },
  historyBytesMax: { min: 1024, max: 1024 * mebibyte },
  historyAgeMsMax: { min: 1000, max: 86_400_000 },
  historyIdleMsMax: { min: 1000, max: 604_800_000 },
  heartbeatMs: { min: 100, max: 60_000 },
  /** 0: no limit. */
  publishesPerSecondMax: { min: 0, max: 10_000_000 },
  /** 0: no limit. */
  subscriptionsMax: { min: 0, max: 10_000_000 },
  /** 0: what a process takes for itself. */
  capacity: { min: 0, max: 100_000_000_000 },
} as const satisfies Record<string, Bounds>;

/** Caches of one cluster. Keeps the map small enough for a ConfigMap and a push. */
export const cachesMax = 1000;
/** Storage nodes of one cluster; every router keeps a link to each. */
export const storageMax = 1000;
