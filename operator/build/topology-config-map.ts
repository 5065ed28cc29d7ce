import type { topo } from '../../proto/index.ts';
import { topologyToJson } from '../../topology/index.ts';
import { objectLabels, topologyConfigMapName, topologyKey } from '../names.ts';
import type { ConfigMap } from '../store.ts';
import { type Owner, ownerReferences } from './owner.ts';

/** The topology on record, which pods mount: one that starts while the operator is away still finds its place. */
export function buildTopologyConfigMap(owner: Owner, topology: topo.Topology): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: topologyConfigMapName(owner.name),
      namespace: owner.namespace,
      labels: objectLabels(owner.name),
      ownerReferences: ownerReferences(owner),
    },
    data: { [topologyKey]: topologyToJson(topology) },
  };
}
