/** Tier 2: owns topics. Numbers each item, keeps the recent ones, feeds the routers. */
export { type StorageBounds, type StorageConfig, storageBounds } from './config.ts';
export { StorageControl } from './control.ts';
export { type RunningStorage, runStorage, startStorage } from './main.ts';
export { StorageNode, type StorageNodeOptions } from './node.ts';
export type { Self } from './ownership/index.ts';
export type { RouterStream, StreamStatus } from './serve/index.ts';
