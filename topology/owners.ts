import { topo } from '../proto/index.ts';

/** The move of a topology, if its sources hand over topics. */
export function committedMove({ move }: topo.Topology): topo.Move | undefined {
  return move?.phase === topo.MovePhase.COMMIT ? move : undefined;
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
