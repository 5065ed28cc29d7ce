import {
  type Component,
  headlessServiceName,
  objectLabels,
  selectorLabels,
  statefulSetName,
} from '../names.ts';
import type { StatefulSet } from '../store.ts';
import { type Owner, ownerReferences } from './owner.ts';
import { buildPodTemplate, type PodSettings } from './pod-template.ts';

/**
 * The pods of one component. A changed template restarts no pod by itself: the operator replaces them one by one.
 * The template follows from the arguments alone.
 */
export function buildStatefulSet(
  owner: Owner,
  component: Component,
  replicas: number,
  settings: PodSettings,
): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: statefulSetName(owner.name, component),
      namespace: owner.namespace,
      labels: objectLabels(owner.name, component),
      ownerReferences: ownerReferences(owner),
    },
    spec: {
      replicas,
      serviceName: headlessServiceName(owner.name, component),
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'OnDelete' },
      selector: { matchLabels: selectorLabels(owner.name, component) },
      template: buildPodTemplate(owner, component, settings),
    },
  };
}
