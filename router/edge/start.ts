import type { StartAt } from '../service.ts';
import type { Remembered } from './resume-memory.ts';

/** What a client asks for. */
export interface Asked {
  readonly sequence: number;
  readonly page: number;
}

/**
 * Where a subscription starts for what the client asks:
 *
 * | number | page |                                                                                              |
 * | ------ | ---- | -------------------------------------------------------------------------------------------- |
 * | 0      | 0    | where this connection's last stream of the topic was ended for its timeout, or the first     |
 * |        |      | stream whose client was just sent away, else now                                             |
 * | n      | 0    | at n of whichever page is current                                                            |
 * | n      | p    | at n of page p                                                                               |
 * | 0      | p    | at 1 of page p: the client was told of page p by a discontinuity and saw no item of it since |
 */
export function startOf({ sequence, page }: Asked, remembered: Remembered | undefined): StartAt {
  if (sequence > 0) return { from: 'sequence', sequence, page };
  if (page > 0) return { from: 'sequence', sequence: 1, page };
  if (remembered === undefined) return { from: 'now' };
  return remembered === 'unknown' ? { from: 'unknown' } : { from: 'after', position: remembered };
}
