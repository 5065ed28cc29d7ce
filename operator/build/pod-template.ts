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
  /** Time over which a router that goes moves its clients; routers only. Absent: `drainSecondsDefault`. */
  readonly drainSeconds?: number;
}

export const drainSecondsDefault = 10;

/**
 * Between leaving the rotation and moving the first client: two failed probes of readiness, a second apart, and the
 * time until every node's load balancer has heard of it.
 */
export const leaveRotationMs = 4_000;

/** What a router needs around its drain: to leave the rotation, to answer the calls in progress, to close. */
const routerEndSeconds = 20;
/** A storage node hands its topics over before it ends: 50 s at most. */
const storageEndSeconds = 60;

const clusterFlag = '--cluster';

/** Time over which a router of these settings moves its clients. */
export function drainMsOf(settings: PodSettings | undefined): number {
  return (settings?.drainSeconds ?? drainSecondsDefault) * 1000;
}

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
      terminationGracePeriodSeconds: graceSeconds(component, settings),
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
  const known = hashes.get(settings);
  if (known !== undefined) return known;
  const text = JSON.stringify(settings, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
  const made = createHash('sha256').update(text).digest('hex').slice(0, 12);
  hashes.set(settings, made);
  return made;
}

/** Every look at a cluster asks, for every pod. */
const hashes = new WeakMap<PodSettings, string>();

/** The cluster that a pod of this spec belongs to: the id that its process was given. undefined: none was. */
export function clusterIdIn({
  containers,
}: Pick<PodTemplate['spec'], 'containers'>): string | undefined {
  const args = containers[0]?.args ?? [];
  const at = args.indexOf(clusterFlag);
  return at < 0 ? undefined : args[at + 1];
}

/** How long a process may take to end before it is killed. */
function graceSeconds(component: Component, settings: PodSettings): number {
  if (component === 'storage') return storageEndSeconds;
  return drainMsOf(settings) / 1000 + routerEndSeconds;
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
      clusterFlag,
      formatClusterId(owner),
      ...ports[component].flatMap(({ name, containerPort }) => [
        `--${name}-address`,
        `0.0.0.0:${containerPort}`,
      ]),
      '--topology-file',
      `${topologyMountPath}/${topologyKey}`,
      ...(component === 'router' ? drainArgs(settings) : []),
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

/** For a router that is told to end by its node; the operator names the time when it asks for a drain. */
function drainArgs(settings: PodSettings): readonly string[] {
  return [
    '--drain-ms',
    String(drainMsOf(settings)),
    '--leave-rotation-ms',
    String(leaveRotationMs),
  ];
}
