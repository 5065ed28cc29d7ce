import { topo } from '../../proto/index.ts';
import { formatVersion, noVersion } from '../../topology/index.ts';
import { whyUnprepared, withoutVersion } from './acknowledged.ts';
import { loseAndRename } from './move-rest.ts';
import { acknowledged, membersOf, type OwnersInput, type OwnersPlan, sorted } from './owners.ts';
import { ownersOf } from './ring.ts';

/** Nothing has moved yet: it goes on when everybody knows, or is given up. */
export function inPrepare(input: OwnersInput, move: topo.Move): OwnersPlan {
  const { held, ring } = input;
  const causes = [
    ...ownersOf(held).flatMap((name) => {
      return ring.lost.get(name) ?? ring.spared.get(name) ?? ring.renamed.get(name) ?? [];
    }),
    ...move.ring.flatMap((name) => ring.leaves.get(name) ?? []),
    ...held.ring
      .filter((name) => !move.ring.includes(name) && !ring.leaves.has(name))
      .map((name) => `${name} is to stay`),
    ...newcomersBehind(input, move).map((name) => `${name} does not take the topology`),
  ];
  if (causes.length > 0) {
    const why = [...new Set(causes)];
    return { ...loseAndRename(input), step: 'abandoned', why };
  }
  const kept = membersOf(input, held.ring, move.ring);
  const waitingFor = [...ring.waitingFor, ...whyUnprepared(acknowledged(input))];
  if (waitingFor.length > 0) return { ...kept, move, step: undefined, why: [], waitingFor };
  const sources = sorted(input, held.ring);
  return {
    ...kept,
    move: { ...move, phase: topo.MovePhase.COMMIT, sources },
    step: 'committed',
    why: ['every member knows of it, and the routers are connected to all owners'],
    waitingFor: [],
  };
}

/** New nodes that had `acknowledgeMsMax` to take the topology. They must not hold up a move of others. */
function newcomersBehind(input: OwnersInput, { ring }: topo.Move): string[] {
  const { held, policy, waits } = input;
  const newcomers = ring.filter((name) => !held.ring.includes(name));
  const behind = withoutVersion(acknowledged(input), newcomers).map((member) => member.name);
  const what = `new/${formatVersion(held.version ?? noVersion)}/${behind.join()}`;
  return behind.length > 0 && waits.reached(what, policy.acknowledgeMsMax) ? behind : [];
}
