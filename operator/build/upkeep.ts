import {
  components,
  disruptionBudgetName,
  memberServiceAccountName,
  objectLabels,
  selectorLabels,
} from '../names.ts';
import type { PodDisruptionBudget, ServiceAccount } from '../store.ts';
import { type Owner, ownerReferences } from './owner.ts';

/** What members run as. No token is mounted: they never speak to Kubernetes. */
export function buildServiceAccount(owner: Owner): ServiceAccount {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name: memberServiceAccountName(owner.name),
      namespace: owner.namespace,
      labels: objectLabels(owner.name),
      ownerReferences: ownerReferences(owner),
    },
    automountServiceAccountToken: false,
  };
}

/** Nodes are drained one pod of a component at a time. A pod that isn't ready protects nobody and may always go. */
export function buildDisruptionBudgets(owner: Owner): readonly PodDisruptionBudget[] {
  return components.map((component) => ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: {
      name: disruptionBudgetName(owner.name, component),
      namespace: owner.namespace,
      labels: objectLabels(owner.name, component),
      ownerReferences: ownerReferences(owner),
    },
    spec: {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: selectorLabels(owner.name, component) },
    },
  }));
}
