import type { topo } from '../../proto/index.ts';
import {
  buildServices,
  buildStatefulSet,
  buildTopologyConfigMap,
  differences,
  type Owner,
} from '../build/index.ts';
import type { Observed } from '../observe/index.ts';
import type { Kind, Kinds, KubeObject } from '../store.ts';

/** An object to create, or to make so. */
export type PlannedObject = {
  [K in Exclude<Kind, 'Pod' | 'TopicCluster'>]: {
    readonly kind: K;
    readonly object: Kinds[K];
    /** What is different, for people; `undefined`: it isn't there yet. */
    readonly differences: readonly string[] | undefined;
  };
}[Exclude<Kind, 'Pod' | 'TopicCluster'>];

export interface ObjectsInput {
  readonly owner: Owner;
  readonly image: string;
  readonly routerReplicas: number;
  readonly storageReplicas: number;
  /** What is to be on record; undefined: nothing yet. */
  readonly topology: topo.Topology | undefined;
}

/** The objects that aren't as they are to be, in the order in which they are made so: the record comes first. */
export function planObjects(input: ObjectsInput, observed: Observed): readonly PlannedObject[] {
  const { owner, image, topology } = input;
  const objects: PlannedObject[] = [];
  if (topology) {
    const object = buildTopologyConfigMap(owner, topology);
    const found = differencesOf(object, observed.configMap);
    objects.push({ kind: 'ConfigMap', object, differences: found });
  }
  for (const object of buildServices(owner)) {
    const actual = observed.services.find((it) => it.metadata.name === object.metadata.name);
    objects.push({ kind: 'Service', object, differences: differencesOf(object, actual) });
  }
  const storage = buildStatefulSet(owner, 'storage', input.storageReplicas, image);
  const router = buildStatefulSet(owner, 'router', input.routerReplicas, image);
  for (const [object, actual] of [
    [storage, observed.sets.storage],
    [router, observed.sets.router],
  ] as const) {
    objects.push({ kind: 'StatefulSet', object, differences: differencesOf(object, actual) });
  }
  return objects.filter((planned) => planned.differences?.length !== 0);
}

function differencesOf(
  desired: KubeObject,
  actual: KubeObject | undefined,
): readonly string[] | undefined {
  return actual && differences(desired, actual);
}
