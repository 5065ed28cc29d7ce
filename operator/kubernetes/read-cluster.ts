import { belongsTo, components } from '../names.ts';
import type { Kinds, KubeObject, Pod } from '../store.ts';
import type { KubernetesApi } from './api.ts';
import { hasCode } from './errors.ts';
import { childSelector, pathOf, readObject } from './resources.ts';
import { fieldManager } from './store.ts';

/** One TopicCluster and its pods, as they are now. */
export interface SeenCluster {
  readonly cluster: Kinds['TopicCluster'];
  readonly pods: readonly Pod[];
  /** When an operator wrote the status last, by the API server's clock; ISO 8601. undefined: nobody knows. */
  readonly statusWritten?: string;
}

/** Reads a cluster without watching. undefined: there is none of that name. Rejects with KubernetesError. */
export async function readCluster(
  api: KubernetesApi,
  namespace: string,
  name: string,
): Promise<SeenCluster | undefined> {
  try {
    const [cluster, pods] = await Promise.all([
      api.request<KubeObject>({
        verb: 'get',
        resource: 'topicclusters',
        path: pathOf('TopicCluster', namespace, name),
      }),
      api.request<{ readonly items: readonly KubeObject[] }>({
        verb: 'list',
        resource: 'pods',
        path: pathOf('Pod', namespace),
        query: { labelSelector: childSelector },
      }),
    ]);
    const statusWritten = writtenAt(cluster);
    const found = pods.items.map((pod) => readObject('Pod', pod));
    return {
      cluster: readObject('TopicCluster', cluster),
      ...(statusWritten !== undefined && { statusWritten }),
      pods: found.filter(({ metadata }) =>
        components.some((component) => belongsTo(metadata, name, component)),
      ),
    };
  } catch (error) {
    if (hasCode(error, 'not-found')) return undefined;
    throw error;
  }
}

interface ManagedFields {
  readonly manager?: string;
  readonly subresource?: string;
  readonly time?: string;
}

/** The API server notes the time with each write that changes something. */
function writtenAt({ metadata }: KubeObject): string | undefined {
  const { managedFields = [] } = metadata as { readonly managedFields?: readonly ManagedFields[] };
  return managedFields.find(({ manager, subresource }) => {
    return manager === fieldManager && subresource === 'status';
  })?.time;
}

/** The names of the TopicClusters of a namespace. */
export async function clusterNames(api: KubernetesApi, namespace: string): Promise<string[]> {
  const { items } = await api.request<{ readonly items: readonly KubeObject[] }>({
    verb: 'list',
    resource: 'topicclusters',
    path: pathOf('TopicCluster', namespace),
  });
  return items.map(({ metadata }) => metadata.name);
}
