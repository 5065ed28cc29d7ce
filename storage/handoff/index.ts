export type { HandoffBounds } from './bounds.ts';
export type { Carrier } from './carriers.ts';
export { type MoveProgress, Mover, type MoverCounts } from './mover.ts';
export type { HandedOver } from './source.ts';
export { HandoffTarget } from './target.ts';
export type { Waiter } from './waiting.ts';
