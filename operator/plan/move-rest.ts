import { topo } from '../../proto/index.ts';
import { isHealthy } from './health.ts';
import {
  areOwnersBehind,
  inTurn,
  membersOf,
  type OwnersInput,
  type OwnersPlan,
  renames,
  serves,
  sorted,
} from './owners.ts';

/** Without a move: what is unplanned changes the ring at once, what is planned begins a move. */
export function atRest(input: OwnersInput): OwnersPlan {
  const unplanned = loseAndRename(input);
  if (unplanned.why.length > 0) return unplanned;
  const { held, ring } = input;
  const stays = held.ring.filter((name) => !ring.leaves.has(name));
  const target = [...stays, ...ring.joins];
  const leaving = held.ring.filter((name) => ring.leaves.has(name));
  if (leaving.length === 0 && ring.joins.length === 0) return unplanned;
  const missing = whyNotBegun(input, target);
  // An owner that is down hands over nothing: it comes back or is lost first.
  if (ring.down.size > 0 || missing.length > 0) {
    return { ...unplanned, waitingFor: [...unplanned.waitingFor, ...missing] };
  }
  return {
    ...membersOf(input, held.ring, target),
    move: { ring: sorted(input, target), phase: topo.MovePhase.PREPARE, sources: [] },
    step: 'begun',
    why: [
      ...ring.joins.map((name) => `${name} is ready`),
      ...leaving.map((name) => ring.leaves.get(name) ?? name),
    ],
    waitingFor: [],
  };
}

/** What has to happen before topics can move to `target`, for people. */
function whyNotBegun({ ring, routers }: OwnersInput, target: readonly string[]): string[] {
  if (!target.some((name) => isHealthy(ring.pods.get(name)))) {
    return ['a healthy storage node that can take over the topics of those that go'];
  }
  if (!routers.some((router) => router.state)) return ['a router that can carry the topics'];
  return [];
}

/** The ring without those that are lost, and the members as they are now. Nobody is dropped unless somebody serves. */
export function loseAndRename(input: OwnersInput): OwnersPlan {
  const { held, ring } = input;
  const staying = held.ring.filter((name) => !ring.lost.has(name));
  // Where nobody is left, there is nothing to move.
  const left = staying.length > 0 ? staying : ring.joins;
  const isLoss = staying.length < held.ring.length;
  const isStuck = isLoss && !left.some((name) => serves(input, name));
  const isEarly = isLoss && !isStuck && areOwnersBehind(input, left);
  const names = isLoss && !isStuck && !isEarly ? left : held.ring;
  const lost = held.ring.filter((name) => !names.includes(name));
  return {
    ...membersOf(input, names),
    move: undefined,
    step: undefined,
    why: [
      ...renames(input, names),
      ...names.filter((name) => !held.ring.includes(name)).map((name) => `${name} is ready`),
      ...lost.map((name) => ring.lost.get(name) ?? name),
    ],
    waitingFor: [
      ...ring.waitingFor,
      ...(isStuck ? [someoneHealthy] : []),
      ...(isEarly ? [inTurn] : []),
    ],
  };
}

const someoneHealthy =
  'a healthy storage node that can take over the topics of those that are down';
