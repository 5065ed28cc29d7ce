import type { topo } from '../../proto/index.ts';
import { isAddress } from '../../topology/index.ts';
import { ordinalOf } from '../names.ts';
import type { ObservedMember } from '../observe/index.ts';
import type { Policy } from './policy.ts';
import { holds } from './replicas.ts';
import type { Waits } from './waits.ts';

export interface RingInput {
  /** Name of the storage StatefulSet. */
  readonly set: string;
  /** The storage nodes of the topology in force; empty before the first. */
  readonly held: readonly topo.Member[];
  /** Of the topology in force. */
  readonly heldVersion: topo.Version | undefined;
  /** The storage pods there are. */
  readonly pods: readonly ObservedMember[];
  /** Storage nodes wanted: the pods with the ordinals below it. */
  readonly desired: number;
  readonly policy: Policy;
  readonly waits: Waits;
}

export interface RingPlan {
  /** Who owns topics from now on, by name of process; empty: nobody can yet. */
  readonly members: readonly topo.Member[];
  /** Why members came, went or were renamed; for people. */
  readonly why: readonly string[];
  /** What would change the members once it happens; for people. */
  readonly waitingFor: readonly string[];
}

/**
 * Which storage nodes own topics. Restarted ones are renamed at once; new ones join together when all that are wanted
 * are ready, or the ready ones after `settleMsMax`; those beyond the wanted number leave; those that are down for
 * `unreadyMsMax` leave. Nobody leaves unless somebody healthy stays.
 */
export function planRing(input: RingInput): RingPlan {
  const pods = new Map(input.pods.map((pod) => [pod.name, pod]));
  const current = input.held.map((member) => refreshed(member, pods.get(member.name)));
  const joins = planJoins(input);
  const leaves = planLeaves(input, pods);

  const staying = current.filter((member) => !leaves.reasons.has(member.name));
  const survivors = [...staying, ...joins.members];
  const someoneHealthy = survivors.some((member) => isHealthy(pods.get(member.name)));
  const stuck = leaves.reasons.size > 0 && !someoneHealthy;
  const members = stuck ? current : survivors;
  return {
    members: members.toSorted((a, b) => rank(a.name, input.set) - rank(b.name, input.set)),
    why: [
      ...restarts(input.held, current),
      ...joins.members.map((member) => `${member.name} is ready`),
      ...(stuck ? [] : leaves.reasons.values()),
    ],
    waitingFor: [
      ...joins.waitingFor,
      ...leaves.waitingFor,
      ...(stuck ? ['a healthy storage node that can take over the topics of those that go'] : []),
    ],
  };
}

/** It serves: the pod is ready, the process answers and says where routers reach it. */
export function isHealthy(pod: ObservedMember | undefined): boolean {
  return pod !== undefined && pod.ready && identityOf(pod) !== undefined;
}

/** Address and incarnation of the process in a pod, once both are known. */
function identityOf(pod: ObservedMember): Omit<topo.Member, 'name'> | undefined {
  if (pod.leaving || !pod.state || pod.state.incarnation === '') return undefined;
  if (pod.linkAddress === undefined || !isAddress(pod.linkAddress)) return undefined;
  return { address: pod.linkAddress, incarnation: pod.state.incarnation };
}

/** The member as it is now; as it was while nothing newer is known. */
function refreshed(member: topo.Member, pod: ObservedMember | undefined): topo.Member {
  const identity = pod && identityOf(pod);
  return identity ? { name: member.name, ...identity } : member;
}

function planJoins({ held, heldVersion, pods, desired, policy, waits }: RingInput): {
  readonly members: readonly topo.Member[];
  readonly waitingFor: readonly string[];
} {
  const inRing = new Set(held.map((member) => member.name));
  // A process that may still hold topics of an earlier epoch learns first that they are others' now.
  const isCurrent = (pod: ObservedMember) => !heldVersion || holds(pod, heldVersion);
  const healthy = pods.filter(
    (pod) => pod.ordinal < desired && isHealthy(pod) && (inRing.has(pod.name) || isCurrent(pod)),
  );
  const members = healthy.flatMap((pod) => {
    const identity = inRing.has(pod.name) ? undefined : identityOf(pod);
    return identity ? [{ name: pod.name, ...identity }] : [];
  });
  if (members.length === 0) return { members, waitingFor: [] };
  if (healthy.length === desired || waits.reached('joining', policy.settleMsMax)) {
    return { members, waitingFor: [] };
  }
  const count = `${healthy.length} of ${desired} storage nodes are ready`;
  return { members: [], waitingFor: [`the storage nodes that start (${count})`] };
}

function planLeaves(
  { set, held, desired, policy, waits }: RingInput,
  pods: ReadonlyMap<string, ObservedMember>,
): { readonly reasons: ReadonlyMap<string, string>; readonly waitingFor: readonly string[] } {
  const reasons = new Map<string, string>();
  const waitingFor: string[] = [];
  for (const { name } of held) {
    const pod = pods.get(name);
    if (rank(name, set) >= desired) {
      reasons.set(name, `${name} is not among the ${desired} storage nodes wanted`);
    } else if (!isHealthy(pod)) {
      const why = `${name} is down (${whyDown(pod)})`;
      if (waits.reached(`down/${name}`, policy.unreadyMsMax)) reasons.set(name, why);
      else waitingFor.push(`${name} to come back (${whyDown(pod)})`);
    }
  }
  return { reasons, waitingFor };
}

/** For people. */
export function whyDown(pod: ObservedMember | undefined): string {
  if (!pod) return 'there is no such pod';
  if (pod.leaving) return 'its pod is being deleted';
  if (pod.stateProblem !== undefined) return pod.stateProblem;
  if (!pod.ready) return pod.notReadyMessage ?? 'it is not ready';
  return 'it does not say where routers reach it';
}

function restarts(held: readonly topo.Member[], current: readonly topo.Member[]): string[] {
  return current.flatMap((member, index) => {
    const before = held[index];
    if (before?.incarnation !== member.incarnation) return [`${member.name} was restarted`];
    return before.address === member.address ? [] : [`${member.name} is at another address`];
  });
}

/** The ordinal of a storage node; one of another name is beyond any number wanted. */
function rank(name: string, set: string): number {
  return ordinalOf(name, set) ?? Number.MAX_SAFE_INTEGER;
}
