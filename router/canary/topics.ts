import { canaryCache, type Placement } from '../../topology/index.ts';

/** Names tried in one turn of the event loop: a few milliseconds of hashing. */
export const triesPerTurn = 500;
/** A search that takes longer than this means that the ring gives a member next to nothing. */
const triesMax = 20_000;

export interface CanaryTopics {
  /** Topic by owner. */
  readonly topics: ReadonlyMap<string, string>;
  /** Where the search goes on in another turn; undefined: it is over. */
  readonly next: number | undefined;
}

/**
 * One topic for every owner, such that it owns the topic until the move under way is over, if there is one. A topic that
 * is held goes on for its owner, also when that is another one than before: canaries then see how it moved. Otherwise
 * names are tried in order.
 * @param from 0, or where the turn before left off; what it found is held now
 */
export function canaryTopics(
  router: string,
  placement: Pick<Placement, 'owners' | 'ownerOf'>,
  held: Iterable<string>,
  from = 0,
): CanaryTopics {
  const { owners } = placement;
  const found = new Map<string, string>();
  const offer = (topic: string): void => {
    const owner = placement.ownerOf(canaryCache, topic)?.name;
    if (owner !== undefined && !found.has(owner)) found.set(owner, topic);
  };
  for (const topic of held) offer(topic);
  const isComplete = () => found.size >= owners.length;
  let n = from;
  for (; n < from + triesPerTurn && !isComplete(); n += 1) offer(`${router}/${n}`);
  return { topics: found, next: n < triesMax && !isComplete() ? n : undefined };
}
