import type { topo } from '../../proto/index.ts';
import { noVersion } from '../../topology/index.ts';
import type { ObservedMember } from '../observe/index.ts';
import type { AcknowledgedInput } from './acknowledged.ts';
import { isServing, versionOf } from './health.ts';
import type { Policy } from './policy.ts';
import { type RingPlan, rank } from './ring.ts';
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

/** What is waited for by `areOwnersBehind`, for people. */
export const inTurn = 'the owners to take the change before the next';

/**
 * A storage node that misses two changes of owners keeps nothing (docs/adr/0012). So one that still has topics by an
 * earlier epoch gets time to take the last change before the next one.
 */
export function areOwnersBehind(input: OwnersInput, names: readonly string[]): boolean {
  const { held, ring, policy, waits } = input;
  const behind = names.some((name) => {
    const pod = ring.pods.get(name);
    const { epoch } = pod && serves(input, name) ? versionOf(pod) : noVersion;
    return epoch > 0 && epoch < held.ringEpoch;
  });
  return behind && !waits.reached(`in turn/${held.ringEpoch}`, policy.acknowledgeMsMax);
}

export function serves({ ring }: OwnersInput, name: string): boolean {
  const member = ring.members.get(name);
  return member !== undefined && isServing(ring.pods.get(name), member);
}

export function renames({ ring }: OwnersInput, names: readonly string[]): string[] {
  return names.map((name) => ring.renamed.get(name)).filter((it) => it !== undefined);
}

export function acknowledged(input: OwnersInput): AcknowledgedInput {
  const { held, ring, routers, policy, waits } = input;
  return { topology: held, pods: ring.pods, routers, policy, waits };
}

export function heldOwners({ storage, ring, move }: topo.Topology) {
  return { storage, ring, move };
}

/** The ring, and the members of it and of where topics move to. */
export function membersOf(
  input: OwnersInput,
  names: readonly string[],
  movedTo: readonly string[] = [],
): Pick<topo.Topology, 'storage' | 'ring'> {
  const all = sorted(input, new Set([...names, ...movedTo]));
  const storage = all.map((name) => input.ring.members.get(name)).filter((it) => it !== undefined);
  return { storage, ring: sorted(input, names) };
}

export function sorted({ set }: OwnersInput, names: Iterable<string>): string[] {
  return [...names].toSorted((a, b) => rank(a, set) - rank(b, set));
}

/** Whether the move leads to the ring that it began with: no topic has an heir. */
export function isBack({ ring, move }: Pick<topo.Topology, 'ring' | 'move'>): boolean {
  return move !== undefined && move.ring.toSorted().join() === ring.toSorted().join();
}
