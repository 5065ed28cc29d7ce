import type { link } from '../../proto/index.ts';
import type { Position, StartAt } from '../service.ts';

/**
 * How a subscription comes to where its topic's feed is. Three phases: it waits for the feed to be live; what it
 * lacks is replayed from the owner's history; it attaches at exactly the feed's position. The link is in order and
 * a replay is answered for the state at the end of its batch, so the feed stands where the replay ends.
 */

/** What a settling subscription needs next, given where the live feed stands. */
export type Settling =
  /** Nothing is missing. */
  | { readonly do: 'attach' }
  /** Ask the owner. `fromSequence` 0: the newest retained item; `page` 0: no page check. */
  | { readonly do: 'replay'; readonly fromSequence: number; readonly page: number };

/**
 * @param feed position of the last item that the feed delivered on this router
 * @param orphanedAfter clients that can't say where they were are here, if they are those of a router that went
 * @param newest whether a subscription without a position gets the newest retained item
 */
export function settle(
  start: StartAt,
  feed: Position,
  newest: boolean,
  orphanedAfter?: Position,
): Settling {
  switch (start.from) {
    case 'now':
    case 'unknown':
      if (orphanedAfter?.page === feed.page && orphanedAfter.sequence < feed.sequence) {
        return { do: 'replay', fromSequence: orphanedAfter.sequence + 1, page: feed.page };
      }
      return newest && feed.sequence > 0
        ? { do: 'replay', fromSequence: 0, page: 0 }
        : { do: 'attach' };
    case 'after': {
      const { page, sequence } = start.position;
      if (page === feed.page && sequence === feed.sequence) return { do: 'attach' };
      return { do: 'replay', fromSequence: sequence + 1, page };
    }
    case 'sequence':
      if (start.page === feed.page && start.sequence === feed.sequence + 1) return { do: 'attach' };
      return { do: 'replay', fromSequence: start.sequence, page: start.page };
  }
}

/** What a replay tells the client: what is missing, if anything, then the items. */
export interface Replayed {
  /** The last sequence the client is taken to know, when items are missing. */
  readonly missingAfter: number | undefined;
  /** The position right before the first item of the replay. */
  readonly start: Position;
  /** The position after it. */
  readonly end: Position;
}

/** Compares what was asked with what the owner could give. */
export function replayed(
  asked: { readonly fromSequence: number; readonly page: number },
  result: Pick<link.ReplayResult, 'page' | 'firstSequence' | 'items'>,
): Replayed {
  const start = { page: result.page, sequence: result.firstSequence - 1 };
  const end = { page: result.page, sequence: start.sequence + result.items.length };
  const otherPage = asked.page !== 0 && asked.page !== result.page;
  const wanted = asked.fromSequence;
  const missing = wanted !== 0 && (otherPage || result.firstSequence !== wanted);
  return { missingAfter: missing ? wanted - 1 : undefined, start, end };
}

/** Whether a feed that starts, or starts anew, continues what this router last delivered. */
export function continues(held: Position | undefined, start: Position): boolean {
  return held !== undefined && held.page === start.page && held.sequence + 1 === start.sequence;
}
