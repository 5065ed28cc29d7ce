import type { topo } from '../../proto/index.ts';
import {
  buildDisruptionBudgets,
  buildServiceAccount,
  buildServices,
  buildStatefulSet,
  buildTopologyConfigMap,
  differences,
  type Owner,
  type PodSettings,
} from '../build/index.ts';
import { type Component, labelNames, memberServiceAccountName, objectLabels } from '../names.ts';
import type { Observed } from '../observe/index.ts';
import { absentVersion, type Kind, type Kinds, type KubeObject, type Metadata } from '../store.ts';

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
  /** undefined: the StatefulSets are left alone. */
  readonly pods: Readonly<Record<Component, PodSettings>> | undefined;
  readonly routerReplicas: number;
  readonly storageReplicas: number;
  /** What is to be on record; undefined: nothing yet. */
  readonly topology: topo.Topology | undefined;
}

export interface ObjectsPlan {
  /** That aren't as they are to be, in the order in which they are made so: the record comes first. */
  readonly objects: readonly PlannedObject[];
  /** `Service demo`: there, but of somebody else. They are left alone. */
  readonly taken: readonly string[];
}

/** `Service demo` */
export function titleOf({ kind, object }: PlannedObject): string {
  return `${kind} ${object.metadata.name}`;
}

/** What is to be written, whatever it is written over. */
export function wishOf({ object }: PlannedObject): object {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** `ServiceAccount demo-member` */
export function accountTitle(cluster: string): string {
  return `ServiceAccount ${memberServiceAccountName(cluster)}`;
}

/** It is not made while the ServiceAccount is somebody else's: no pod starts under an account that isn't the cluster's. */
export function startsPods({ kind, differences: found }: PlannedObject): boolean {
  return kind === 'StatefulSet' && found === undefined;
}

/** What it is written over, see `Refusal`. */
export function versionUnder({ object }: PlannedObject): string | undefined {
  return object.metadata.resourceVersion;
}

export function planObjects(input: ObjectsInput, observed: Observed): ObjectsPlan {
  const { owner, topology } = input;
  const wanted = [
    ...(topology ? [planRecord(owner, topology, observed)] : []),
    ...planSupports(owner, observed),
    ...planSets(input, observed),
  ];
  const there = objectsOf(observed);
  const isTaken = ({ kind, object }: PlannedObject): boolean => {
    const actual = there.find(
      (it) => it.kind === kind && it.metadata.name === object.metadata.name,
    );
    return actual !== undefined && !isOurs(actual.metadata, owner);
  };
  const changed = wanted.filter((it) => it.differences?.length !== 0 && !isTaken(it));
  return {
    objects: changed.map((planned) => overWhatWasRead(planned, there)),
    taken: wanted.filter(isTaken).map(titleOf),
  };
}

function objectsOf(observed: Observed): readonly KubeObject[] {
  const { configMap, serviceAccount, services, budgets, sets } = observed;
  const objects = [configMap, serviceAccount, ...services, ...budgets, sets.router, sets.storage];
  return objects.filter((object) => object !== undefined);
}

/** It is controlled by the cluster; or by nobody, and it was once made for a cluster of that name. */
function isOurs({ ownerReferences = [], labels }: Metadata, { name, uid }: Owner): boolean {
  const controller = ownerReferences.find((reference) => reference.controller);
  if (controller) return controller.uid === uid;
  const made = objectLabels(name);
  return [labelNames.managedBy, labelNames.instance].every((it) => labels?.[it] === made[it]);
}

/**
 * Written only over what was read, and made only where nothing was found: of two operators that both believe they
 * lead, the later write is refused, however long it was on its way; and what somebody else made is never overwritten.
 */
function overWhatWasRead(planned: PlannedObject, there: readonly KubeObject[]): PlannedObject {
  const { kind, object } = planned;
  const read = there.find((it) => it.kind === kind && it.metadata.name === object.metadata.name);
  const resourceVersion = read ? read.metadata.resourceVersion : absentVersion;
  if (resourceVersion === undefined) return planned;
  const metadata = { ...object.metadata, resourceVersion };
  return { ...planned, object: { ...object, metadata } } as PlannedObject;
}

function planRecord(owner: Owner, topology: topo.Topology, observed: Observed): PlannedObject {
  const object = buildTopologyConfigMap(owner, topology);
  return { kind: 'ConfigMap', object, differences: differencesOf(object, observed.configMap) };
}

/** Everything that the pods need around them. */
function* planSupports(owner: Owner, observed: Observed): Iterable<PlannedObject> {
  const account = buildServiceAccount(owner);
  const found = differencesOf(account, observed.serviceAccount);
  yield { kind: 'ServiceAccount', object: account, differences: found };
  for (const object of buildServices(owner)) {
    const actual = named(observed.services, object);
    yield { kind: 'Service', object, differences: differencesOf(object, actual) };
  }
  for (const object of buildDisruptionBudgets(owner)) {
    const actual = named(observed.budgets, object);
    yield { kind: 'PodDisruptionBudget', object, differences: differencesOf(object, actual) };
  }
}

function* planSets(input: ObjectsInput, { sets }: Observed): Iterable<PlannedObject> {
  const { owner, pods } = input;
  if (!pods) return;
  const storage = buildStatefulSet(owner, 'storage', input.storageReplicas, pods.storage);
  const router = buildStatefulSet(owner, 'router', input.routerReplicas, pods.router);
  yield { kind: 'StatefulSet', object: storage, differences: differencesOf(storage, sets.storage) };
  yield { kind: 'StatefulSet', object: router, differences: differencesOf(router, sets.router) };
}

function named<T extends KubeObject>(objects: readonly T[], wanted: T): T | undefined {
  return objects.find((object) => object.metadata.name === wanted.metadata.name);
}

function differencesOf(
  desired: KubeObject,
  actual: KubeObject | undefined,
): readonly string[] | undefined {
  return actual && differences(desired, actual);
}
