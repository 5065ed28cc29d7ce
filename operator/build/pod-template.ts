import { createHash } from 'node:crypto';
import { formatClusterId } from '../../topology/index.ts';
import {
  type Component,
  memberServiceAccountName,
  objectLabels,
  selectorLabels,
  templateHashAnnotation,
  topologyConfigMapName,
  topologyKey,
  topologyMountPath,
} from '../names.ts';
import type { Container, PodTemplate, Resources, Toleration } from '../store.ts';
import type { Owner } from './owner.ts';
import { ports } from './ports.ts';

/** What the user decides of the pods of a component. Amounts are in canonical form. */
export interface PodSettings {
  readonly image: string;
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  readonly resources?: Resources;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Toleration[];
}

/** Seconds that a process has to move its clients elsewhere before it is killed. */
const terminationGracePeriodSeconds = { router: 30, storage: 10 } as const;

/** Pods in the sense of the `restricted` pod security standard: they need nothing of their node. */
export function buildPodTemplate(
  owner: Owner,
  component: Component,
  settings: PodSettings,
): PodTemplate {
  const { nodeSelector, tolerations } = settings;
  return {
    metadata: {
      labels: objectLabels(owner.name, component),
      annotations: { [templateHashAnnotation]: templateHash(settings) },
    },
    spec: {
      serviceAccountName: memberServiceAccountName(owner.name),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: terminationGracePeriodSeconds[component],
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      ...(nodeSelector && { nodeSelector }),
      ...(tolerations && { tolerations }),
      // Where it is possible; a cluster of one node gets its pods all the same.
      topologySpreadConstraints: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map(
        (topologyKey) => ({
          topologyKey,
          maxSkew: 1,
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: selectorLabels(owner.name, component) },
        }),
      ),
      containers: [buildContainer(owner, component, settings)],
      volumes: [
        {
          name: 'topology',
          // Not there before the first topology; the first pods start without.
          configMap: { name: topologyConfigMapName(owner.name), optional: true },
        },
      ],
    },
  };
}

/**
 * Tells pods apart by what the user wants of them, and by nothing else: a newer operator may build another template
 * of the same settings, and must not restart a pod for it. A setting added later is absent by default.
 */
export function templateHash(settings: PodSettings): string {
  const text = JSON.stringify(settings, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function buildContainer(owner: Owner, component: Component, settings: PodSettings): Container {
  const { image, imagePullPolicy, resources } = settings;
  return {
    name: component,
    image,
    ...(imagePullPolicy && { imagePullPolicy }),
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
    ...(resources && { resources }),
    // Two minutes to load on a busy node; nobody waits longer for one that is up.
    startupProbe: {
      httpGet: { path: '/healthz', port: 'admin' },
      periodSeconds: 1,
      failureThreshold: 120,
      timeoutSeconds: 2,
    },
    readinessProbe: {
      httpGet: { path: '/readyz', port: 'admin' },
      periodSeconds: 1,
      failureThreshold: 2,
      timeoutSeconds: 2,
    },
    // Only for a process that hangs: a restart loses its topics and its clients.
    livenessProbe: {
      httpGet: { path: '/healthz', port: 'admin' },
      periodSeconds: 10,
      failureThreshold: 6,
      timeoutSeconds: 5,
    },
    volumeMounts: [{ name: 'topology', mountPath: topologyMountPath, readOnly: true }],
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}
