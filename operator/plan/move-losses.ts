import type { topo } from '../../proto/index.ts';
import { type OwnersInput, serves, sorted } from './owners.ts';

/**
 * A committed move without those that are lost, and without `silent` ones that take no topology: as sources at once, as
 * targets if somebody is there to take their place. What was sealed for them, or is theirs, begins a new page elsewhere.
 */
export function withoutLost(
  input: OwnersInput,
  move: topo.Move,
  silent: ReadonlySet<string> = new Set(),
): topo.Move {
  const { held, ring } = input;
  const isGone = (name: string): boolean => ring.lost.has(name) || silent.has(name);
  const targets = move.ring.filter((name) => !isGone(name));
  // The new ring is gone altogether: whoever serves of the old one keeps what it has.
  const fallback = held.ring.filter((name) => !isGone(name) && serves(input, name));
  const left = targets.length > 0 ? targets : sorted(input, fallback);
  const isStuck = !left.some((name) => serves(input, name));
  const sources = move.sources.filter((name) => {
    return !ring.restarted.has(name) && (isStuck || !isGone(name));
  });
  return { ...move, ring: isStuck ? move.ring : left, sources };
}
