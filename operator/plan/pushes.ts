import type { topo } from '../../proto/index.ts';
import { noVersion } from '../../topology/index.ts';
import type { ObservedMember } from '../observe/index.ts';
import { holds } from './health.ts';

/** A member that is to be given the topology. */
export interface Push {
  readonly member: string;
  /** Of its control service. */
  readonly address: string;
  /** The standstill of it that the topology confirms; 0: none. */
  readonly confirms: number;
}

/**
 * The members that answer and don't hold the topology yet, ready or not: they need it to become so. One that stood still
 * and waits for a word is given the topology though it holds it: what it said of its standstill was seen before the
 * topology was decided on, so nobody owns its topics but by this one.
 */
export function planPushes(
  topology: topo.Topology | undefined,
  members: readonly ObservedMember[],
): readonly Push[] {
  if (!topology) return [];
  const version = topology.version ?? noVersion;
  return members.flatMap((member) => {
    if (!member.state || member.controlAddress === undefined) return [];
    const { standstill } = member.state;
    if (standstill === 0 && holds(member, version)) return [];
    return [{ member: member.name, address: member.controlAddress, confirms: standstill }];
  });
}
