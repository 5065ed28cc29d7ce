import type { topo } from '../../proto/index.ts';
import { ownersOf as ownersNow } from '../../topology/index.ts';
import { ordinalOf } from '../names.ts';
import type { ObservedMember } from '../observe/index.ts';
import type { Evacuation } from './evacuation.ts';
import { holds, identityOf, isGoing, isHealthy, isServing, whyDown } from './health.ts';
import type { Policy } from './policy.ts';
import { isSpared } from './routers-view.ts';
import type { Waits } from './waits.ts';

export interface RingInput {
  /** Name of the storage StatefulSet. */
  readonly set: string;
  /** The topology in force; undefined before the first. */
  readonly held: topo.Topology | undefined;
  /** The storage pods there are. */
  readonly pods: readonly ObservedMember[];
  /** What they say of storage nodes that the operator can't reach. */
  readonly routers: readonly ObservedMember[];
  /** Storage nodes wanted: the pods with the ordinals below it. */
  readonly wanted: number;
  readonly evacuation: Evacuation;
  readonly policy: Policy;
  readonly waits: Waits;
}

/** What is so and what is wished of the storage nodes; how a topology gets there is for `planOwners`. */
export interface RingPlan {
  readonly pods: ReadonlyMap<string, ObservedMember>;
  /** Those of the topology in force as they are now, and new ones; by name. */
  readonly members: ReadonlyMap<string, topo.Member>;
  /** Of the topology in force: another process, or the same one at another address. Name to why, for people. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Those of the renamed that are another process: it knows nothing of what the one before owned. */
  readonly restarted: ReadonlySet<string>;
  /** They own topics or are about to, and do not serve. */
  readonly down: ReadonlySet<string>;
  /** Those of `down` that have been for `unreadyMsMax`, and are not spared. Name to why, for people. */
  readonly lost: ReadonlyMap<string, string>;
  /** Those of `down` that have been for `unreadyMsMax` but serve routers: they stay owners. Name to why, for people. */
  readonly spared: ReadonlyMap<string, string>;
  /** Nodes that are not to own topics. Name to why, for people. */
  readonly leaves: ReadonlyMap<string, string>;
  /** New ones that are due to own topics; empty while topics move. */
  readonly joins: readonly string[];
  /** For people. */
  readonly waitingFor: readonly string[];
}

/**
 * Who is there and who is to own topics. Unplanned: members that are another process, and those that were down for
 * `unreadyMsMax`, unless it is only the operator that doesn't reach them. Planned: those that are beyond the number wanted, that were told to end, or that are evacuated for
 * a roll-out, leave, those beyond the number only when somebody wanted isn't told to end; new ones join together when all that are wanted are ready, or the ready ones after `settleMsMax`.
 * In a roll-out, new ones join when the next one leaves, so that it takes one move.
 */
export function planRing(input: RingInput): RingPlan {
  const { held, policy, waits } = input;
  const pods = new Map(input.pods.map((pod) => [pod.name, pod]));
  const named = held?.storage ?? [];
  const current = named.map((member) => refreshed(member, pods.get(member.name)));
  const members = new Map(current.map((member) => [member.name, member]));
  const restarted = named.filter((it) => members.get(it.name)?.incarnation !== it.incarnation);

  const owners = new Set(held ? ownersOf(held) : []);
  const down = current.filter((member) => {
    return owners.has(member.name) && !isServing(pods.get(member.name), member);
  });
  const late = down.filter(({ name }) => waits.reached(`down/${name}`, policy.unreadyMsMax));
  // Links break and open again: that routers don't hear it has to be so for a while, too.
  const unheard = down.filter((member) => {
    if (held && isSpared(held, member, pods.get(member.name), input.routers)) return false;
    return waits.reached(`unheard/${member.name}`, policy.unheardMsMax);
  });
  const lost = late.filter((member) => unheard.includes(member));
  const spared = late.filter((member) => !unheard.includes(member));
  const leaves = leavesOf(input, pods);
  const joins = held?.move ? noJoins : planJoins(input, leaves);
  for (const member of joins.members) members.set(member.name, member);
  return {
    pods,
    members,
    renamed: renames(named, members),
    restarted: new Set(restarted.map((member) => member.name)),
    down: new Set(down.map((member) => member.name)),
    lost: new Map(
      lost.map(({ name }) => [name, `${name} is down (${whyDown(pods.get(name))})`] as const),
    ),
    spared: new Map(
      spared.map(({ name }) => {
        const why = `${name} can't be reached by the operator (${whyDown(pods.get(name))})`;
        return [name, why] as const;
      }),
    ),
    leaves,
    joins: joins.members.map((member) => member.name),
    waitingFor: [
      ...joins.waitingFor,
      ...down
        .filter((member) => !lost.includes(member))
        .map(({ name }) => `${name} to come back (${whyDown(pods.get(name))})`),
    ],
  };
}

/** Those that own topics or are about to; not those whose topics belong to others already. */
export function ownersOf(topology: topo.Topology): readonly string[] {
  return [...new Set([...ownersNow(topology), ...(topology.move?.ring ?? [])])];
}

/** The member as it is now; as it was while nothing newer is known. */
function refreshed(member: topo.Member, pod: ObservedMember | undefined): topo.Member {
  const identity = pod && identityOf(pod);
  return identity ? { name: member.name, ...identity } : member;
}

function renames(
  named: readonly topo.Member[],
  members: ReadonlyMap<string, topo.Member>,
): ReadonlyMap<string, string> {
  const renamed = new Map<string, string>();
  for (const { name, address, incarnation } of named) {
    const now = members.get(name);
    if (now?.incarnation !== incarnation) renamed.set(name, `${name} was restarted`);
    else if (now.address !== address) renamed.set(name, `${name} is at another address`);
  }
  return renamed;
}

function leavesOf(
  { set, held, wanted, evacuation }: RingInput,
  pods: ReadonlyMap<string, ObservedMember>,
): ReadonlyMap<string, string> {
  const leaves = new Map<string, string>();
  const names = new Set([...(held?.storage ?? []).map((member) => member.name), ...pods.keys()]);
  const wantedPods = [...pods.values()].filter((pod) => rank(pod.name, set) < wanted);
  // Those that are to stay have to go first, and nobody else could take their topics meanwhile.
  const areNeeded = wantedPods.length > 0 && wantedPods.every(isGoing);
  for (const name of names) {
    if (rank(name, set) >= wanted && (!areNeeded || isGoing(pods.get(name)))) {
      leaves.set(name, `${name} is not among the ${wanted} storage nodes wanted`);
    } else if (isGoing(pods.get(name))) leaves.set(name, `${name} was told to end`);
    else if (evacuation.from.has(name)) leaves.set(name, `the pod of ${name} is to be replaced`);
  }
  return leaves;
}

interface Joins {
  readonly members: readonly topo.Member[];
  readonly waitingFor: readonly string[];
}
const noJoins: Joins = { members: [], waitingFor: [] };

function planJoins(
  { held, pods, wanted, evacuation, policy, waits }: RingInput,
  leaves: ReadonlyMap<string, string>,
): Joins {
  const inRing = new Set(held?.ring);
  // A process that may still hold topics of an earlier epoch learns first that they are others' now.
  const isCurrent = (pod: ObservedMember) => !held?.version || holds(pod, held.version);
  const healthy = pods.filter((pod) => {
    return isHealthy(pod) && !leaves.has(pod.name) && (inRing.has(pod.name) || isCurrent(pod));
  });
  const members = healthy.flatMap((pod) => {
    const identity = inRing.has(pod.name) ? undefined : identityOf(pod);
    return identity ? [{ name: pod.name, ...identity }] : [];
  });
  if (members.length === 0) return noJoins;
  const isDue = evacuation.underWay ? evacuation.from.size > 0 : healthy.length === wanted;
  if (isDue || waits.reached('joining', policy.settleMsMax)) return { members, waitingFor: [] };
  const count = `${healthy.length} of ${wanted} storage nodes are ready`;
  const what = evacuation.underWay
    ? 'the roll-out to go on'
    : `the storage nodes that start (${count})`;
  return { members: [], waitingFor: [what] };
}

/** The ordinal of a storage node; one of another name is beyond any number wanted. */
export function rank(name: string, set: string): number {
  return ordinalOf(name, set) ?? Number.MAX_SAFE_INTEGER;
}
