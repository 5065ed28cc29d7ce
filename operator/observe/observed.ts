import type { control, topo } from '../../proto/index.ts';
import type { Component } from '../names.ts';
import type { ResolveResult } from '../resource/index.ts';
import type {
  ConfigMap,
  Kinds,
  PodDisruptionBudget,
  Service,
  ServiceAccount,
  StatefulSet,
} from '../store.ts';

/** A cluster, by its place in the store. */
export interface ClusterKey {
  readonly namespace: string;
  readonly name: string;
}

/** One pod of the cluster, and what the process in it says. */
export interface ObservedMember {
  readonly name: string;
  /** Of the pod. */
  readonly uid: string;
  readonly component: Component;
  readonly ordinal: number;
  /** Its Ready condition holds and it isn't being deleted. */
  readonly ready: boolean;
  /** It is being deleted. */
  readonly leaving: boolean;
  /** What it was made from, by `templateHashAnnotation`; undefined also when it was made for another cluster. */
  readonly templateHash: string | undefined;
  /** Restarts of its container. */
  readonly restarts: number;
  /** Why it isn't ready, as the pod says; for people. */
  readonly notReadyMessage: string | undefined;
  readonly controlAddress: string | undefined;
  /** Where routers reach it; storage only. */
  readonly linkAddress: string | undefined;
  /** undefined: it didn't answer, or another process did. */
  readonly state: control.GetStateResponse | undefined;
  /** Why there is no state; for people. */
  readonly stateProblem: string | undefined;
}

/** The topology on record. */
export type HeldTopology =
  | { readonly kind: 'none' }
  /** What is on record can't be used, and why. */
  | { readonly kind: 'unreadable'; readonly problem: string }
  | { readonly kind: 'held'; readonly topology: topo.Topology };

/** Everything a reconcile knows of the world, gathered at one time. Nothing in it changes. */
export interface Observed {
  readonly key: ClusterKey;
  readonly resource: Kinds['TopicCluster'];
  readonly resolved: ResolveResult;
  readonly sets: Readonly<Record<Component, StatefulSet | undefined>>;
  readonly services: readonly Service[];
  readonly budgets: readonly PodDisruptionBudget[];
  readonly serviceAccount: ServiceAccount | undefined;
  readonly configMap: ConfigMap | undefined;
  readonly held: HeldTopology;
  /** By ordinal. */
  readonly routers: readonly ObservedMember[];
  readonly storage: readonly ObservedMember[];
}
