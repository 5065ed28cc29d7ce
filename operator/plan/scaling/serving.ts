import { control } from '../../../proto/index.ts';
import type { Component } from '../../names.ts';
import type { Observed, ObservedMember } from '../../observe/index.ts';
import type { Reading } from '../../scale/index.ts';

/** Members that carry load: routers in the rotation, storage nodes that own topics. Not those that drain. */
export function servingMembers(observed: Observed, tier: Component): readonly ObservedMember[] {
  if (tier === 'router') {
    return observed.routers.filter(({ ready, leaving, state }) => {
      return ready && !leaving && (!state || state.phase === control.Phase.IN_ROTATION);
    });
  }
  const ring = observed.held.kind === 'held' ? observed.held.topology.ring : [];
  return observed.storage.filter(({ ready, name }) => ready && ring.includes(name));
}

/** What the members say themselves. */
export function membersReading(members: readonly ObservedMember[], wallMs: number): Reading {
  const samples = members.flatMap(({ name, state }) => {
    return (state?.capacity ?? []).map(({ dimension, used, limit }) => {
      return { member: name, dimension, ratio: used / limit, atMs: wallMs };
    });
  });
  return { kind: 'samples', samples };
}
