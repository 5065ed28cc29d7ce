import { topo } from '../../proto/index.ts';
import { formatVersion, noVersion, ownersText } from '../../topology/index.ts';
import type { ObservedMember } from '../observe/index.ts';
import {
  type AcknowledgedInput,
  carriersOf,
  noteSilentRouters,
  progressOf,
  whyUnprepared,
  withoutVersion,
} from './acknowledged.ts';
import { isHealthy, isServing, versionOf } from './health.ts';
import type { Policy } from './policy.ts';
import { ownersOf, type RingPlan, rank } from './ring.ts';
import type { Waits } from './waits.ts';

export interface OwnersInput {
  /** Name of the storage StatefulSet. */
  readonly set: string;
  /** The topology in force. */
  readonly held: topo.Topology;
  readonly ring: RingPlan;
  readonly routers: readonly ObservedMember[];
  readonly policy: Policy;
  readonly waits: Waits;
}

/** What a new version does with a move. */
export type MoveStep = 'begun' | 'committed' | 'finished' | 'abandoned' | 'forced';

/** The part of a topology that says who owns topics, as it is to be. */
export interface OwnersPlan extends Pick<topo.Topology, 'storage' | 'ring' | 'move'> {
  /** undefined: none, though members may have changed. */
  readonly step: MoveStep | undefined;
  /** Why it changes, for people; empty when it doesn't. */
  readonly why: readonly string[];
  /** What would change it once it happens, for people. */
  readonly waitingFor: readonly string[];
}

/**
 * The next step of the owners, see docs/adr/0017. At rest, what is unplanned changes the ring at once, and what is
 * planned begins a move. A move that is only prepared is given up when anything about it changes. One that is committed
 * goes on to its end: who is lost is no source or no target any more. All of it follows from the topology in force and
 * from what is observed; nothing has to be remembered.
 */
export function planOwners(input: OwnersInput): OwnersPlan {
  const { held, routers, policy, waits } = input;
  noteSilentRouters(routers, policy, waits);
  const { move } = held;
  if (!move) return atRest(input);
  return move.phase === topo.MovePhase.COMMIT ? inCommit(input, move) : inPrepare(input, move);
}

function atRest(input: OwnersInput): OwnersPlan {
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
function loseAndRename(input: OwnersInput): OwnersPlan {
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
const inTurn = 'the owners to take the change before the next';

function inPrepare(input: OwnersInput, move: topo.Move): OwnersPlan {
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
    why: ['everybody knows and is linked'],
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

function inCommit(input: OwnersInput, move: topo.Move): OwnersPlan {
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

/** The move without those that are lost: as sources at once, as targets if somebody is there to take their place. */
function withoutLost(input: OwnersInput, move: topo.Move): topo.Move {
  const { held, ring } = input;
  const targets = move.ring.filter((name) => !ring.lost.has(name));
  // The new ring is gone altogether: whoever serves of the old one keeps what it has.
  const fallback = held.ring.filter((name) => !ring.lost.has(name) && serves(input, name));
  const left = targets.length > 0 ? targets : sorted(input, fallback);
  const isStuck = !left.some((name) => serves(input, name));
  const sources = move.sources.filter((name) => {
    return !ring.restarted.has(name) && (isStuck || !ring.lost.has(name));
  });
  return { ...move, ring: isStuck ? move.ring : left, sources };
}

function finishOrWait(input: OwnersInput, move: topo.Move): OwnersPlan {
  const { held, ring, policy, waits } = input;
  const asked = acknowledged(input);
  const undone = move.sources.filter((name) => progressOf(asked, name)?.done !== true);
  const behind = withoutVersion(asked, move.ring).map((member) => member.name);
  const finished: OwnersPlan = {
    ...membersOf(input, move.ring),
    move: undefined,
    step: 'finished',
    why: ['every topic is where it is to be'],
    waitingFor: [],
  };
  if (undone.length === 0 && behind.length === 0) return finished;
  const waitingFor = [
    ...ring.waitingFor,
    ...undone.map((name) => whyUndone(name, progressOf(asked, name)?.left)),
    ...behind.filter((name) => !undone.includes(name)).map((name) => whyUndone(name, undefined)),
  ];
  const wait = { ...heldOwners(held), step: undefined, why: [], waitingFor };
  // Whoever is down comes back or is lost in time; that is no reason to give up on the others.
  if (ring.down.size > 0) return wait;
  const standing = undone.map((name) => {
    const { left, handedOver } = progressOf(asked, name) ?? {};
    return `${name}:${left}:${handedOver}`;
  });
  const what = `stalled/${formatVersion(held.version ?? noVersion)}/${standing.join()}/${behind.join()}`;
  if (!waits.reached(what, policy.stalledMsMax)) return wait;
  const stalledFor = `within ${Math.round(policy.stalledMsMax / 1000)} s`;
  if (undone.length === 0) {
    return {
      ...finished,
      step: 'forced',
      why: [`${behind.join(', ')} took no topology ${stalledFor}`],
    };
  }
  const carried =
    carriersOf(held, input.routers).length > 0 ? '' : ', and no router can carry topics';
  return {
    ...heldOwners(held),
    move: { ...move, sources: move.sources.filter((name) => !undone.includes(name)) },
    step: 'forced',
    why: [
      `${undone.join(', ')} handed over nothing more ${stalledFor}${carried}: topics left there begin a new page`,
    ],
    waitingFor: [],
  };
}

function whyUndone(name: string, left: number | undefined): string {
  if (left === undefined) return `${name} to take the topology`;
  return left === 0 ? `${name} to be done` : `${name} to hand over its topics`;
}

/**
 * A storage node that misses two changes of owners keeps nothing (docs/adr/0012). So one that still has topics by an
 * earlier epoch gets time to take the last change before the next one.
 */
function areOwnersBehind(input: OwnersInput, names: readonly string[]): boolean {
  const { held, ring, policy, waits } = input;
  const behind = names.some((name) => {
    const pod = ring.pods.get(name);
    const { epoch } = pod && serves(input, name) ? versionOf(pod) : noVersion;
    return epoch > 0 && epoch < held.ringEpoch;
  });
  return behind && !waits.reached(`in turn/${held.ringEpoch}`, policy.acknowledgeMsMax);
}

function serves({ ring }: OwnersInput, name: string): boolean {
  const member = ring.members.get(name);
  return member !== undefined && isServing(ring.pods.get(name), member);
}

function renames({ ring }: OwnersInput, names: readonly string[]): string[] {
  return names.map((name) => ring.renamed.get(name)).filter((it) => it !== undefined);
}

function acknowledged(input: OwnersInput): AcknowledgedInput {
  const { held, ring, routers, policy, waits } = input;
  return { topology: held, pods: ring.pods, routers, policy, waits };
}

function heldOwners({ storage, ring, move }: topo.Topology) {
  return { storage, ring, move };
}

/** The ring, and the members of it and of where topics move to. */
function membersOf(
  input: OwnersInput,
  names: readonly string[],
  movedTo: readonly string[] = [],
): Pick<topo.Topology, 'storage' | 'ring'> {
  const all = sorted(input, new Set([...names, ...movedTo]));
  const storage = all.map((name) => input.ring.members.get(name)).filter((it) => it !== undefined);
  return { storage, ring: sorted(input, names) };
}

function sorted({ set }: OwnersInput, names: Iterable<string>): string[] {
  return [...names].toSorted((a, b) => rank(a, set) - rank(b, set));
}
