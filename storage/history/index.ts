export { History, type HistoryBounds, itemOverheadBytes } from './history.ts';
