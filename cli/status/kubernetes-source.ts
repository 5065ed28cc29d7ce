import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isSettled } from '../../local/index.ts';
import {
  addressOf,
  clientServiceName,
  components,
  isReady,
  labelNames,
  type Metadata,
  type Pod,
  type TopicClusterStatus,
} from '../../operator/index.ts';
import {
  asKubernetesError,
  ConnectError,
  type Connection,
  clusterNames,
  connect,
  KubernetesApi,
  readCluster,
  type SeenCluster,
} from '../../operator/kubernetes/index.ts';
import { systemClock } from '../../runtime/index.ts';
import { CliError, exitCodes } from '../exit.ts';
import { AbsentError } from './absent.ts';
import { outdated } from './outdated.ts';
import { cachesHint, operatorHint, stateOf } from './state.ts';
import type { ClusterView, MemberRow } from './view.ts';

export interface KubernetesPlace {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Default: that of the context. */
  readonly namespace?: string;
  /** Default: the only one of the namespace. */
  readonly name?: string;
}

export interface KubernetesStatus extends SeenCluster {
  readonly server: string;
}

const answerMsMax = 5_000;

/** Whether a Kubernetes API is configured without a flag. */
export function hasKubernetes(env: NodeJS.ProcessEnv): boolean {
  return (
    env['KUBECONFIG'] !== undefined ||
    env['KUBERNETES_SERVICE_HOST'] !== undefined ||
    existsSync(join(homedir(), '.kube', 'config'))
  );
}

/** Reads one cluster again and again. */
export class KubernetesSource {
  readonly #connection: Connection;
  readonly #api: KubernetesApi;
  readonly #namespace: string;
  #name: string | undefined;

  constructor(place: KubernetesPlace) {
    try {
      this.#connection = connect(place);
    } catch (error) {
      if (error instanceof ConnectError) throw new CliError(exitCodes.usage, error.message);
      throw error;
    }
    const connection = this.#connection;
    this.#api = new KubernetesApi({ connection, clock: systemClock, answerMsMax });
    this.#namespace = place.namespace ?? this.#connection.namespace ?? 'default';
    this.#name = place.name;
  }

  async fetch(): Promise<KubernetesStatus> {
    try {
      this.#name ??= await this.#onlyName();
      const seen = await readCluster(this.#api, this.#namespace, this.#name);
      if (seen) return { server: this.#connection.server, ...seen };
    } catch (error) {
      throw this.#explain(error);
    }
    throw new AbsentError(
      `TopicCluster ${this.#name}`,
      `there is no TopicCluster ${this.#name} in namespace ${this.#namespace} of ${this.#connection.server}`,
    );
  }

  async #onlyName(): Promise<string> {
    const names = await clusterNames(this.#api, this.#namespace);
    const [name] = names;
    if (name !== undefined && names.length === 1) return name;
    const where = `namespace ${this.#namespace} of ${this.#connection.server}`;
    throw names.length === 0
      ? new AbsentError(
          'the TopicCluster',
          `there is no TopicCluster in ${where}; say --namespace for another`,
        )
      : new CliError(exitCodes.usage, `name one of ${names.join(', ')}: all are in ${where}`);
  }

  #explain(error: unknown): Error {
    if (error instanceof CliError) return error;
    const { server, source } = this.#connection;
    const { code, message, said, status, advice } = asKubernetesError(error);
    if (code === 'not-found') {
      return new AbsentError(
        'the TopicCluster',
        `${server} serves no TopicCluster: install the CustomResourceDefinition (crds/)`,
      );
    }
    if (code === 'unauthorized' || code === 'untrusted') {
      return new CliError(exitCodes.failed, advice ?? `${server} (of ${source}): ${message}`);
    }
    if (code === 'forbidden') {
      return new CliError(exitCodes.failed, `${server} does not allow it: ${message}`);
    }
    const what =
      status === undefined
        ? `the API server ${server} (of ${source}) can't be reached: ${message}`
        : `the API server ${server} (of ${source}) is in trouble: ${said}`;
    return new CliError(exitCodes.notAnswering, what);
  }
}

/** @param nowMs since 1970. */
export function viewOfKubernetes(
  { cluster, pods, server, statusWritten }: KubernetesStatus,
  nowMs: number,
): ClusterView {
  const status = cluster.status as TopicClusterStatus | undefined;
  const { status: _, ...rest } = cluster;
  const shown = { ...rest, ...(status && { status }) };
  const members = pods.map((pod) => rowOf(pod, status)).toSorted(byName);
  const isLeaving = cluster.metadata.deletionTimestamp !== undefined;
  const past = isLeaving ? undefined : outdated(status, pods, msOf(statusWritten), nowMs);
  const hints = [operatorHint(shown, past), cachesHint(shown)].filter((hint) => hint !== undefined);
  return {
    cluster: shown,
    state: stateOf(shown, isSettled(shown, members), past),
    createdMs: msOf(cluster.metadata.creationTimestamp),
    endpoint: status?.endpoint ?? 'no address yet',
    hints,
    facts: [
      ...(status ? wayToClients(cluster.metadata, status.endpoint) : []),
      ['namespace', cluster.metadata.namespace],
      ['server', server],
    ],
    placeTitle: 'NODE',
    members,
  };
}

/** The address in the status is of no use outside, and its port looks like one with TLS. */
function wayToClients({ namespace, name }: Metadata, endpoint: string): [string, string][] {
  const port = endpoint.slice(endpoint.lastIndexOf(':') + 1);
  const service = clientServiceName(name);
  return [
    ['clients', 'only inside of Kubernetes, and in plain text: there is no TLS yet'],
    ['', `from outside: kubectl port-forward -n ${namespace} service/${service} 8080:${port}`],
  ];
}

function rowOf(pod: Pod, status: TopicClusterStatus | undefined): MemberRow {
  const { name, labels } = pod.metadata;
  const role = components.find((component) => labels?.[labelNames.component] === component);
  const said = [...(status?.routers?.members ?? []), ...(status?.storage?.members ?? [])].find(
    (member) => member.name === name,
  );
  const containers = pod.status?.containerStatuses ?? [];
  const { nodeName } = pod.spec as { readonly nodeName?: string };
  const ready = isReady(pod);
  const address = addressOf(pod, role === 'router' ? 'client' : 'link');
  // The operator looked earlier, if it looks at all.
  const isOutrun = address !== undefined && said?.message === 'it has no address yet';
  return {
    name,
    role: role ?? '-',
    restarts: Math.max(0, ...containers.map(({ restartCount }) => restartCount)),
    place: nodeName,
    address,
    image: pod.spec.containers.find((container) => container.name === role)?.image,
    createdMs: msOf(pod.metadata.creationTimestamp),
    ready,
    reason: ready ? '' : ((isOutrun ? undefined : said?.message) ?? reasonOf(pod)),
  };
}

function msOf(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time);
}

function reasonOf(pod: Pod): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'stopping';
  const conditions = pod.status?.conditions ?? [];
  const told = ['PodScheduled', 'Ready'].map((type) =>
    conditions.find((condition) => condition.type === type && condition.status !== 'True'),
  );
  const first = told.find((condition) => condition !== undefined);
  return first?.message ?? first?.reason ?? pod.status?.phase ?? 'not ready';
}

/** By role, then by ordinal. */
function byName(a: MemberRow, b: MemberRow): number {
  return a.name.localeCompare(b.name, 'en', { numeric: true });
}
