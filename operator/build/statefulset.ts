import { formatClusterId } from '../../topology/index.ts';
import {
  type Component,
  headlessServiceName,
  objectLabels,
  selectorLabels,
  statefulSetName,
  topologyConfigMapName,
  topologyKey,
  topologyMountPath,
} from '../names.ts';
import type { Container, PodTemplate, StatefulSet } from '../store.ts';
import { type Owner, ownerReferences } from './owner.ts';
import { ports } from './ports.ts';

/** Seconds that a process has to move its clients elsewhere before it is killed. */
const terminationGracePeriodSeconds = { router: 30, storage: 10 } as const;

/** The pods of one component. The template follows from the arguments alone: an operator's upgrade restarts no pod. */
export function buildStatefulSet(
  owner: Owner,
  component: Component,
  replicas: number,
  image: string,
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
      selector: { matchLabels: selectorLabels(owner.name, component) },
      template: buildPodTemplate(owner, component, image),
    },
  };
}

function buildPodTemplate(owner: Owner, component: Component, image: string): PodTemplate {
  return {
    metadata: { labels: objectLabels(owner.name, component) },
    spec: {
      containers: [buildContainer(owner, component, image)],
      volumes: [
        {
          name: 'topology',
          // Not there before the first topology; the first pods start without.
          configMap: { name: topologyConfigMapName(owner.name), optional: true },
        },
      ],
      terminationGracePeriodSeconds: terminationGracePeriodSeconds[component],
    },
  };
}

function buildContainer(owner: Owner, component: Component, image: string): Container {
  return {
    name: component,
    image,
    args: [
      component,
      '--name',
      '$(POD_NAME)',
      '--cluster',
      formatClusterId(owner),
      ...ports[component].flatMap(({ name, containerPort }) => [
        `--${name}-address`,
        `0.0.0.0:${containerPort}`,
      ]),
      '--topology-file',
      `${topologyMountPath}/${topologyKey}`,
    ],
    env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    ports: ports[component],
    readinessProbe: {
      httpGet: { path: '/readyz', port: 'admin' },
      periodSeconds: 1,
      failureThreshold: 2,
    },
    livenessProbe: {
      httpGet: { path: '/healthz', port: 'admin' },
      periodSeconds: 10,
      failureThreshold: 6,
    },
    volumeMounts: [{ name: 'topology', mountPath: topologyMountPath, readOnly: true }],
  };
}
