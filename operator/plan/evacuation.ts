import type { topo } from '../../proto/index.ts';
import { noVersion } from '../../topology/index.ts';
import type { Policy } from './policy.ts';
import { type RolloutTier, tierOutdated, whyNotTakenUp, whyUnsteady } from './rollout-tier.ts';
import type { Waits } from './waits.ts';

export interface EvacuationInput {
  /** Both tiers; empty: the pods are left as they are. */
  readonly tiers: readonly RolloutTier[];
  /** The topology in force. */
  readonly held: topo.Topology | undefined;
  readonly policy: Policy;
  readonly waits: Waits;
}

/** What a roll-out asks of the owners. */
export interface Evacuation {
  /** Storage nodes whose pods are to be replaced now: they are to own nothing. */
  readonly from: ReadonlySet<string>;
  /** Pods of storage nodes are out of date. */
  readonly underWay: boolean;
}

export const noEvacuation: Evacuation = { from: new Set(), underWay: false };

/**
 * Which storage node is evacuated for the roll-out: the next one, when everything was steady for `steadyMsMin`. It is
 * still to own nothing while its topics move, whatever happens meanwhile, and from then until it is replaced; unless
 * something goes wrong in between, then it may own topics again.
 */
export function planEvacuation({ tiers, held, policy, waits }: EvacuationInput): Evacuation {
  const storage = tiers.find(({ component }) => component === 'storage');
  const outdated = storage ? tierOutdated(storage).map((member) => member.name) : [];
  const [next] = outdated;
  if (!held || next === undefined) return noEvacuation;
  const { move } = held;
  if (move) {
    const leavers = held.ring.filter((name) => !move.ring.includes(name));
    const from = new Set(leavers.filter((name) => outdated.includes(name)));
    return { from, underWay: true };
  }
  const isSteady =
    whyNotTakenUp(tiers) === undefined &&
    whyUnsteady(tiers, held.version ?? noVersion) === undefined &&
    (!held.ring.includes(next) || waits.reached('steady', policy.steadyMsMin));
  return { from: new Set(isSteady ? [next] : []), underWay: true };
}

/**
 * Whether the only storage node wanted needs a second one to hand its topics to while its own pod is replaced.
 * @param tiers as the spec wants them.
 */
export function needsSurge(
  tiers: readonly RolloutTier[],
  held: topo.Topology | undefined,
): boolean {
  const storage = tiers.find(({ component }) => component === 'storage');
  if (!held || !storage || storage.desired !== 1) return false;
  return tierOutdated(storage).length > 0;
}
