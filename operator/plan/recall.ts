import type { topo } from '../../proto/index.ts';
import {
  compareVersions,
  formatClusterId,
  formatVersion,
  noVersion,
  topologyToJson,
} from '../../topology/index.ts';
import { ownerOf } from '../build/index.ts';
import type { HeldTopology, Observed } from '../observe/index.ts';

export interface Recall {
  /** As it was observed, or with the topology that is remembered in place of the record. */
  readonly observed: Observed;
  /** What became of the record, for people; undefined: it is believed as it is. */
  readonly putBack: string | undefined;
  /** The topology that is known to have been on record last, for the next plan; undefined: nobody knows. */
  readonly recorded: topo.Topology | undefined;
}

/**
 * A record that is gone, can't be read or isn't what was last written or read there is no reason to lose topics: the
 * topology that this operator remembers goes on, and the record is put back. Not so when a member holds a later one, or
 * a later one is on record: then somebody else wrote since.
 *
 * @param recorded of the plan before, in this term.
 */
export function recall(
  observed: Observed,
  recorded: topo.Topology | undefined,
  term: number,
): Recall {
  const { held } = observed;
  const putBack = recorded && whyRecalled(observed, recorded);
  if (recorded && putBack !== undefined) {
    const instead: HeldTopology = { kind: 'held', topology: recorded };
    return { observed: { ...observed, held: instead }, putBack, recorded };
  }
  // What a later leader wrote is not for this one to put back.
  const isKnown = held.kind === 'held' && versionOf(held.topology).term <= term;
  return { observed, putBack: undefined, recorded: isKnown ? held.topology : undefined };
}

function whyRecalled(
  { held, resource, routers, storage }: Observed,
  recorded: topo.Topology,
): string | undefined {
  // One of an earlier cluster of this name.
  if (recorded.cluster !== formatClusterId(ownerOf(resource.metadata))) return undefined;
  const version = versionOf(recorded);
  const isAhead = ({ state }: (typeof routers)[number]): boolean => {
    return compareVersions(state?.version ?? noVersion, version) > 0;
  };
  if ([...routers, ...storage].some(isAhead)) return undefined;
  if (held.kind === 'none') return 'was deleted';
  if (held.kind === 'unreadable') return `can't be read (${held.problem})`;
  const { topology } = held;
  if (topology === recorded) return undefined;
  const order = compareVersions(versionOf(topology), version);
  if (order > 0 || (order === 0 && topologyToJson(topology) === topologyToJson(recorded))) {
    return undefined;
  }
  return order < 0 ? `was taken back to ${formatVersion(versionOf(topology))}` : 'was edited';
}

function versionOf({ version }: topo.Topology): topo.Version {
  return version ?? noVersion;
}
