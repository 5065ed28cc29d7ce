import type { topo } from '../../proto/index.ts';
import { formatVersion, noVersion, ownersText } from '../../topology/index.ts';
import { carriersOf, progressOf, withoutVersion } from './acknowledged.ts';
import { withoutLost } from './move-losses.ts';
import { endStalled } from './move-stalled.ts';
import {
  acknowledged,
  areOwnersBehind,
  heldOwners,
  inTurn,
  isBack,
  membersOf,
  type OwnersInput,
  type OwnersPlan,
  renames,
} from './owners.ts';
import { ownersOf } from './ring.ts';

/** Topics are handed over: it goes on to its end, without those that are lost. */
export function inCommit(input: OwnersInput, move: topo.Move): OwnersPlan {
  const { held, ring } = input;
  const next = withoutLost(input, move);
  const changed = { ...membersOf(input, held.ring, next.ring), move: next };
  const isSame = ownersText({ ...held, move: next }) === ownersText(held);
  if (!isSame && areOwnersBehind(input, ownersOf({ ...held, move: next }))) {
    return { ...heldOwners(held), step: undefined, why: [], waitingFor: [inTurn] };
  }
  const gone = ownersOf(held).filter((name) => !ownersOf({ ...held, move: next }).includes(name));
  const why = [
    ...renames(
      input,
      held.storage.map((member) => member.name),
    ),
    ...gone.map((name) => ring.lost.get(name)).filter((it) => it !== undefined),
  ];
  if (!isSame || why.length > 0) {
    return { ...changed, step: undefined, why, waitingFor: ring.waitingFor };
  }
  return finishOrWait(input, move);
}

function finishOrWait(input: OwnersInput, move: topo.Move): OwnersPlan {
  const { held, ring, routers, policy, waits } = input;
  const asked = acknowledged(input);
  // Where nothing has an heir, nobody has anything to be done with.
  const sources = isBack(held) ? [] : move.sources;
  const undone = sources.filter((name) => progressOf(asked, name)?.done !== true);
  const behind = withoutVersion(asked, move.ring).map((member) => member.name);
  const finished: OwnersPlan = {
    ...membersOf(input, move.ring),
    move: undefined,
    step: 'finished',
    why: ['every topic is where it is to be'],
    waitingFor: [],
  };
  if (undone.length === 0 && behind.length === 0) return finished;
  // Topics that can't be carried are served where they are.
  const isCut = undone.length > 0 && carriersOf(held, routers).length === 0;
  const waitingFor = [
    ...ring.waitingFor,
    ...undone.map((name) => whyUndone(name, progressOf(asked, name)?.left)),
    ...behind.filter((name) => !undone.includes(name)).map((name) => whyUndone(name, undefined)),
    ...(isCut ? ['a router that can carry the topics'] : []),
  ];
  const wait = { ...heldOwners(held), step: undefined, why: [], waitingFor };
  // Whoever is down comes back or is lost in time; that is no reason to give up on the others.
  if (ring.down.size > 0 || isCut) return wait;
  const standing = undone.map((name) => {
    const { left, handedOver } = progressOf(asked, name) ?? {};
    return `${name}:${left}:${handedOver}`;
  });
  const what = `stalled/${formatVersion(held.version ?? noVersion)}/${standing.join()}/${behind.join()}`;
  if (!waits.reached(what, policy.stalledMsMax)) return wait;
  return endStalled(input, move, undone) ?? wait;
}

function whyUndone(name: string, left: number | undefined): string {
  if (left === undefined) return `${name} to take the topology`;
  return left === 0 ? `${name} to be done` : `${name} to hand over its topics`;
}
