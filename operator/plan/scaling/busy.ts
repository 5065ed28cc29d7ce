import { noVersion } from '../../../topology/index.ts';
import type { Observed } from '../../observe/index.ts';
import type { Policy } from '../policy.ts';
import type { RolloutPlan } from '../rollout.ts';
import { type RolloutTier, whyUnsteady } from '../rollout-tier.ts';
import type { RouterReplicasPlan } from '../router-replicas.ts';
import type { TopologyDecision } from '../topology.ts';
import type { Waits } from '../waits.ts';

export interface BusyInput {
  readonly observed: Observed;
  readonly desired: { readonly routers: number; readonly storage: number };
  readonly decision: TopologyDecision | undefined;
  readonly rollout: RolloutPlan;
  readonly routers: RouterReplicasPlan;
  readonly tiers: readonly RolloutTier[];
  readonly policy: Policy;
  readonly waits: Waits;
}

/** What goes on with a cluster that nothing should scale in beside, for people; undefined: it is at rest. */
export function whyBusy(input: BusyInput): string | undefined {
  const { observed, desired, decision, rollout, routers } = input;
  const tiers = input.tiers.map((tier) => withoutHopeless(tier, input));
  if (decision?.kind !== 'unchanged') return 'the topology changes';
  const { topology, waitingFor } = decision;
  if (topology.move) return 'topics move';
  if (waitingFor.length > 0) return `the topology waits for ${waitingFor.join(', ')}`;
  if (rollout.outdated.length > 0 || rollout.finishing.length > 0) return 'a roll-out goes on';
  if (routers.progress !== undefined) return 'routers are drained';
  const { router, storage } = observed.sets;
  const isSized =
    router?.spec.replicas === desired.routers && storage?.spec.replicas === desired.storage;
  if (!isSized) return 'the StatefulSets are not as large as they are to be';
  const unsteady = whyUnsteady(tiers, topology.version ?? noVersion);
  return unsteady === undefined ? undefined : `the cluster waits for ${unsteady}`;
}

/**
 * The tier without its highest pods that don't become ready, or aren't even made: what never came may go. Otherwise pods
 * that find no place would keep all the others.
 */
function withoutHopeless(tier: RolloutTier, { policy, waits }: BusyInput): RolloutTier {
  let { desired } = tier;
  while (desired > 0) {
    const last = tier.members.find(({ ordinal }) => ordinal === desired - 1);
    const what = `hopeless/${tier.component}-${desired - 1}/${last?.uid ?? ''}`;
    if (last?.ready || !waits.reached(what, policy.hopelessMsMax)) break;
    desired -= 1;
  }
  const isHopeless = (ordinal: number) => ordinal >= desired && ordinal < tier.desired;
  return { ...tier, desired, members: tier.members.filter(({ ordinal }) => !isHopeless(ordinal)) };
}
