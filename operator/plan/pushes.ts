import type { topo } from '../../proto/index.ts';
import { noVersion } from '../../topology/index.ts';
import type { ObservedMember } from '../observe/index.ts';
import { holds } from './health.ts';

/** A member that is to be given the topology. */
export interface Push {
  readonly member: string;
  /** Of its control service. */
  readonly address: string;
}

/** The members that answer and don't hold the topology yet, ready or not: they need it to become so. */
export function planPushes(
  topology: topo.Topology | undefined,
  members: readonly ObservedMember[],
): readonly Push[] {
  if (!topology) return [];
  const version = topology.version ?? noVersion;
  return members.flatMap((member) => {
    if (!member.state || member.controlAddress === undefined || holds(member, version)) return [];
    return [{ member: member.name, address: member.controlAddress }];
  });
}
