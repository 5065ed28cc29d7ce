import { formatVersion, noVersion } from '../../topology/index.ts';
import { ordinalOf } from '../names.ts';
import type { ObservedMember } from '../observe/index.ts';
import { holds, namesOf } from './health.ts';
import type { Policy } from './policy.ts';
import type { TopologyDecision } from './topology.ts';
import type { Waits } from './waits.ts';

export interface StorageReplicasInput {
  /** Name of the StatefulSet. */
  readonly set: string;
  readonly desired: number;
  /** Of the StatefulSet; undefined before it is made. */
  readonly current: number | undefined;
  readonly decision: TopologyDecision;
  readonly routers: readonly ObservedMember[];
  readonly storage: readonly ObservedMember[];
  readonly policy: Policy;
  readonly waits: Waits;
}

export interface ReplicasPlan {
  readonly replicas: number;
  /** Why it isn't what is desired, for people; undefined when it is. */
  readonly waitingFor: string | undefined;
}

/**
 * Replicas of the storage StatefulSet. More at once; fewer only when those who go were evacuated: the topology in force
 * doesn't name them, and they and every router that answers have it, or had `acknowledgeMsMax` to take it.
 */
export function planStorageReplicas(input: StorageReplicasInput): ReplicasPlan {
  const { set, desired, current, decision, routers, storage } = input;
  if (current === undefined || current <= desired || decision.kind === 'none') {
    return { replicas: desired, waitingFor: undefined };
  }
  if (decision.kind !== 'unchanged') {
    return { replicas: current, waitingFor: 'the new topology to be in force' };
  }
  const { topology } = decision;
  const isLeaving = (name: string) => (ordinalOf(name, set) ?? desired) >= desired;
  const named = [...topology.storage.map((member) => member.name), ...topology.ring];
  const owners = [...new Set(named)].filter(isLeaving);
  if (owners.length > 0) {
    return { replicas: current, waitingFor: `the topics of ${owners.join(', ')} to move` };
  }
  const version = topology.version ?? noVersion;
  const told = [...routers, ...storage.filter((member) => isLeaving(member.name))];
  const behind = told.filter((member) => member.state && !holds(member, version));
  if (
    behind.length === 0 ||
    input.waits.reached(`leaving/${formatVersion(version)}`, input.policy.acknowledgeMsMax)
  ) {
    return { replicas: desired, waitingFor: undefined };
  }
  const waitingFor = `${namesOf(behind)} to take topology ${formatVersion(version)}`;
  return { replicas: current, waitingFor };
}
