import { formatClusterId } from '../../topology/index.ts';
import { ownerOf } from '../build/index.ts';
import { formatKey } from '../keys.ts';
import { topologyConfigMapName } from '../names.ts';
import { readHeldTopology } from '../observe/index.ts';
import type { ConfigMap, Kinds, ObjectStore } from '../store.ts';

/**
 * The highest term on record, in any topology of a cluster that is there; 0 without one.
 * @param termMax a later one has no say: it was never led, somebody wrote it down.
 */
export async function recordedTerm(store: ObjectStore, termMax: number): Promise<number> {
  const [clusters, maps] = await Promise.all([
    store.list('TopicCluster', undefined),
    store.list('ConfigMap', undefined),
  ]);
  const byName = new Map(maps.map((map) => [formatKey(map.metadata), map]));
  const terms = clusters.map((cluster) => {
    const { namespace, name } = cluster.metadata;
    return termIn(byName.get(formatKey({ namespace, name: topologyConfigMapName(name) })), cluster);
  });
  return Math.max(0, ...terms.filter((term) => term <= termMax));
}

/** A record that can't be read, or that the cluster doesn't own, has no say; members refuse what is older than theirs. */
function termIn(map: ConfigMap | undefined, { metadata }: Kinds['TopicCluster']): number {
  const controller = map?.metadata.ownerReferences?.find((reference) => reference.controller);
  if (controller === undefined || controller.uid !== metadata.uid) return 0;
  const held = readHeldTopology(map, formatClusterId(ownerOf(metadata)));
  return held.kind === 'held' ? (held.topology.version?.term ?? 0) : 0;
}
