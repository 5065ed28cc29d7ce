import type { Pod } from '../../../operator/index.ts';
import type { Resource } from '../api/index.ts';

/** A pod as the API server has it: what the process kubelet reads of it. */
export interface KubePod extends Resource {
  readonly spec: {
    readonly nodeName?: string;
    readonly serviceAccountName?: string;
    readonly terminationGracePeriodSeconds?: number;
    readonly containers: readonly KubeContainer[];
    readonly volumes?: readonly KubeVolume[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly Condition[];
  };
}

export interface KubeContainer {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
  }[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly startupProbe?: KubeProbe;
  readonly readinessProbe?: KubeProbe;
  readonly livenessProbe?: KubeProbe;
}

export interface KubeProbe {
  readonly httpGet?: { readonly path?: string; readonly port: string | number };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly successThreshold?: number;
  readonly failureThreshold?: number;
}

export interface KubeVolume {
  readonly name: string;
  readonly configMap?: { readonly name: string; readonly optional?: boolean };
  readonly emptyDir?: object;
  readonly projected?: { readonly sources?: readonly { readonly serviceAccountToken?: object }[] };
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export function podPath({ metadata }: Resource): string {
  return `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
}

export function mainContainer(pod: KubePod): KubeContainer {
  const [container] = pod.spec.containers;
  if (!container) throw new Error(`pod ${pod.metadata.name} has no container`);
  return container;
}

/** host:port by port name, on this machine. */
export function portsOf(pod: KubePod, host: string): Record<string, string> {
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  return Object.fromEntries(
    ports.map(({ name, containerPort }) => [name ?? containerPort, `${host}:${containerPort}`]),
  );
}

/** As the shared kubelet takes it. The time that a deletion gives goes before that of the spec. */
export function sharedPod(pod: KubePod): Pod {
  const { metadata, spec } = pod;
  const graceSeconds = metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds;
  const containers = spec.containers.map((container) => ({
    ...container,
    args: container.args ?? [],
    ports: container.ports ?? [],
    env: (container.env ?? []).filter(({ valueFrom }) => !valueFrom || valueFrom.fieldRef),
  }));
  return {
    ...pod,
    spec: { ...spec, containers, terminationGracePeriodSeconds: graceSeconds ?? 30 },
  } as unknown as Pod;
}
