import { topo } from '../proto/index.ts';

/** The move of a topology, if its sources hand over topics. */
export function committedMove({ move }: topo.Topology): topo.Move | undefined {
  return move?.phase === topo.MovePhase.COMMIT ? move : undefined;
}

/**
 * The storage nodes that own topics now. While topics are handed over: sources and heirs. A node of the ring that isn't a
 * source any more was lost in the move, and owns nothing though the ring still names it.
 */
export function ownersOf(topology: topo.Topology): readonly string[] {
  const move = committedMove(topology);
  return move ? [...new Set([...move.sources, ...move.ring])] : topology.ring;
}

/**
 * Says who owns what: two topologies with the same text give every topic the same owner and the same heir. The epoch
 * in which it changed is `Topology.ringEpoch`.
 */
export function ownersText(topology: topo.Topology): string {
  const move = committedMove(topology);
  const rings = [topology.ring, ...(move ? [move.ring, move.sources] : [])];
  return rings.map((names) => names.toSorted().join(' ')).join(' > ');
}
