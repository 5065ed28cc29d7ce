import type { topo } from '../../proto/index.ts';
import { compareVersions, formatVersion, noVersion } from '../../topology/index.ts';
import { ordinalOf } from '../names.ts';
import type { ObservedMember } from '../observe/index.ts';
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
  readonly policy: Policy;
  readonly waits: Waits;
}

export interface ReplicasPlan {
  readonly replicas: number;
  /** Why it isn't what is desired, for people; undefined when it is. */
  readonly waitingFor: string | undefined;
}

/**
 * Replicas of the storage StatefulSet. More at once; fewer only when no topic is owned by those who go: the topology
 * in force doesn't name them, and every router that answers has it, or had `acknowledgeMsMax` to take it.
 */
export function planStorageReplicas(input: StorageReplicasInput): ReplicasPlan {
  const { set, desired, current, decision, routers } = input;
  if (current === undefined || current <= desired || decision.kind === 'none') {
    return { replicas: desired, waitingFor: undefined };
  }
  if (decision.kind !== 'unchanged') {
    return { replicas: current, waitingFor: 'the new topology to be in force' };
  }
  const { topology } = decision;
  const owners = topology.ring.filter((name) => (ordinalOf(name, set) ?? desired) >= desired);
  if (owners.length > 0) {
    return { replicas: current, waitingFor: `the topics of ${owners.join(', ')} to move` };
  }
  const version = topology.version ?? noVersion;
  const behind = routers.filter((router) => router.state && !holds(router, version));
  if (
    behind.length === 0 ||
    input.waits.reached(`leaving/${formatVersion(version)}`, input.policy.acknowledgeMsMax)
  ) {
    return { replicas: desired, waitingFor: undefined };
  }
  const names = behind.map((router) => router.name).join(', ');
  return { replicas: current, waitingFor: `${names} to take topology ${formatVersion(version)}` };
}

/** It said that it holds this version or a newer one. */
export function holds(member: ObservedMember, version: topo.Version): boolean {
  return member.state !== undefined && compareVersions(versionOf(member), version) >= 0;
}

/** What it said that it holds; `noVersion` when it holds none or said nothing. */
export function versionOf(member: ObservedMember): topo.Version {
  return member.state?.version ?? noVersion;
}
