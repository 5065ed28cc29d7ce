import type { topo } from '../proto/index.ts';
import { validateTopology } from './validate.ts';
import { compareVersions, formatVersion, noVersion } from './version.ts';

/**
 * applied: the map is newer, take it. known: the version held. stale: older than what is held.
 * invalid: of another cluster, or it breaks its rules. Only `applied` changes anything.
 */
export type OfferOutcome = 'applied' | 'known' | 'stale' | 'invalid';

export interface Decision {
  readonly outcome: OfferOutcome;
  /** For people; empty unless stale or invalid. */
  readonly reason: string;
}

/**
 * What a process does with a map it is offered.
 * @param held what it serves with; undefined before the first.
 * @param clusterId the cluster it was started for, `namespace/name/uid`.
 */
export function decideOffer(
  held: topo.Topology | undefined,
  offered: topo.Topology | undefined,
  clusterId: string,
): Decision {
  if (!offered) return { outcome: 'invalid', reason: 'no topology was given' };
  if (offered.cluster !== clusterId) {
    const reason = `this process belongs to cluster ${clusterId}, the topology to ${offered.cluster || 'none'}`;
    return { outcome: 'invalid', reason };
  }
  const problems = validateTopology(offered);
  if (problems.length > 0) return { outcome: 'invalid', reason: problems.join('; ') };

  const heldVersion = held?.version ?? noVersion;
  const offeredVersion = offered.version ?? noVersion;
  const order = compareVersions(offeredVersion, heldVersion);
  if (order > 0) return { outcome: 'applied', reason: '' };
  if (order === 0) return { outcome: 'known', reason: '' };
  const reason = `version ${formatVersion(offeredVersion)} is older than ${formatVersion(heldVersion)}, which is held`;
  return { outcome: 'stale', reason };
}
