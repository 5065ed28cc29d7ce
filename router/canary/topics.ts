import { canaryCache, type Placement } from '../../topology/index.ts';

/** A search that takes longer than this means that the ring gives a member next to nothing. */
const triesMax = 100_000;

/**
 * One topic for every owner, such that it owns the topic until the move under way is over, if there is one. A topic that
 * is held goes on for its owner, also when that is another one than before: canaries then see how it moved. Otherwise
 * names are tried in order.
 * @returns topic by owner, in the ring's order
 */
export function canaryTopics(
  router: string,
  placement: Placement,
  held: Iterable<string>,
): ReadonlyMap<string, string> {
  // In a move the ring may name a node that is lost; its topics have other owners already.
  const owners = placement.ring.names.filter((name) => placement.member(name));
  const found = new Map<string, string>();
  const offer = (topic: string): void => {
    const owner = placement.ownerOf(canaryCache, topic)?.name;
    if (owner !== undefined && !found.has(owner)) found.set(owner, topic);
  };
  for (const topic of held) offer(topic);
  const isComplete = () => owners.every((owner) => found.has(owner));
  for (let n = 0; n < triesMax && !isComplete(); n += 1) offer(`${router}/${n}`);
  const inOrder = owners.map((owner) => [owner, found.get(owner)] as const);
  return new Map(inOrder.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
