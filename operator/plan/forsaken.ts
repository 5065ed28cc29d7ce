import type { topo } from '../../proto/index.ts';
import type { ObservedMember } from '../observe/index.ts';
import type { Drain } from './drain.ts';
import { isGoing, namesOf } from './health.ts';
import type { Policy } from './policy.ts';
import { ownersOf } from './ring.ts';
import type { Waits } from './waits.ts';

export interface ForsakenInput {
  /** The topology in force. */
  readonly held: topo.Topology | undefined;
  readonly storage: readonly ObservedMember[];
  /** Storage nodes to go on with: the pods with the ordinals below it. */
  readonly wanted: number;
  readonly policy: Policy;
  readonly waits: Waits;
}

export interface ForsakenPlan {
  /** Storage nodes that are told to end now, with what they hold. */
  readonly drains: readonly Drain[];
  /** What that means, for people; only when it is new. */
  readonly begun: string | undefined;
}

const nobody: ForsakenPlan = { drains: [], begun: undefined };

/**
 * When every storage node was told to end, none can hand over its topics: each would wait for that until its time is
 * up, and those that come after it with it. Once that has been so for `forsakenMsMin`, they are asked not to wait. A pod
 * that starts, or is still to be made, is somebody to go to.
 */
export function planForsaken(input: ForsakenInput): ForsakenPlan {
  const { held, storage, wanted, policy, waits } = input;
  const isOwner = new Set(held ? ownersOf(held) : []);
  const owners = storage.filter((member) => isOwner.has(member.name));
  const there = new Set(storage.map((member) => member.ordinal));
  const ordinals = Array.from({ length: wanted }, (_, ordinal) => ordinal);
  const isComing = ordinals.some((ordinal) => !there.has(ordinal));
  const isForsaken = owners.length > 0 && !isComing && storage.every(isGoing);
  if (!isForsaken || !waits.reached('forsaken', policy.forsakenMsMin)) return nobody;
  const told = owners.filter(({ state }) => state?.stopping === true);
  if (told.length === 0) return nobody;
  const isNew = waits.isNew('forsaken/told');
  waits.note('forsaken/told', 1);
  return {
    drains: told.flatMap(({ name, controlAddress }) => {
      if (controlAddress === undefined) return [];
      return [{ member: name, address: controlAddress, withinMs: 0 }];
    }),
    begun: isNew
      ? `every storage node was told to end, and nobody is there to take over topics: those of ${namesOf(told)} begin new pages`
      : undefined,
  };
}
