import type { KubeApi } from '../api/index.ts';
import {
  type ControlPlane,
  createNamespace,
  kubeconfig,
  type Namespace,
  sharedPlane,
} from '../index.ts';
import { ServiceFront } from '../node/index.ts';
import type { AuditedRequest } from '../plane/index.ts';
import { Shell } from '../shell.ts';
import type { AccountMount } from './account-mount.ts';
import { OperatorProcess } from './operator-process.ts';
import { installRelease, type Release } from './release.ts';
import { applyCrd, TestCluster } from './test-cluster.ts';

/** Seconds; as short as the chart allows without a busy machine taking a leader for dead. */
export const shortLease = {
  'leaderElection.leaseDuration': 4,
  'leaderElection.renewDeadline': 3,
  'leaderElection.retryPeriod': 0.5,
};

export interface SceneOptions {
  /** Of the chart, on top of those that every scene has. */
  readonly values?: Readonly<Record<string, unknown>>;
}

export interface OperatorOptions {
  /** Arguments after those of the chart: the last one counts. */
  readonly more?: readonly string[];
  /** URL that is asked in place of the API server. */
  readonly server?: string;
  /** As `credentials` gave it; default: a new one, for which there must be an API server. */
  readonly kubeconfig?: string;
}

/** A namespace with the chart installed in it, and a person at kubectl. */
export class Scene {
  readonly plane: ControlPlane;
  readonly api: KubeApi;
  readonly namespace: Namespace;
  /** An administrator in the namespace. */
  readonly shell: Shell;
  readonly release: Release;
  readonly #operators: OperatorProcess[] = [];
  readonly #shells: Shell[] = [];
  readonly #fronts: ServiceFront[] = [];
  readonly #clients: { close(): void }[] = [];

  private constructor(plane: ControlPlane, namespace: Namespace, shell: Shell, release: Release) {
    this.plane = plane;
    this.api = plane.api();
    this.namespace = namespace;
    this.shell = shell;
    this.release = release;
  }

  static async open(prefix: string, options: SceneOptions = {}): Promise<Scene> {
    const plane = sharedPlane();
    const namespace = await createNamespace(plane.api(), prefix);
    const shell = await Shell.open(kubeconfig(plane.access(), namespace.name));
    await applyCrd(shell, plane.api());
    const release = await installRelease(shell, namespace.name, {
      ...shortLease,
      ...options.values,
    });
    return new Scene(plane, namespace, shell, release);
  }

  cluster(name: string): TestCluster {
    return new TestCluster(this, name);
  }

  /** The text of a kubeconfig of the operator's ServiceAccount. */
  credentials(): Promise<string> {
    return this.plane.kubeconfigOf(this.namespace.name, this.release.serviceAccount);
  }

  /** Starts an operator as the chart would, with the rights that the chart gives it. */
  async operator(name = 'operator', options: OperatorOptions = {}): Promise<OperatorProcess> {
    const { more = [], server = this.plane.server } = options;
    const text = options.kubeconfig ?? (await this.credentials());
    const shell = await Shell.open(text.replace(this.plane.server, server));
    this.#shells.push(shell);
    const args = [...this.release.args, ...more];
    const operator = await OperatorProcess.start(name, args, shell.kubeconfigFile);
    this.#operators.push(operator);
    return operator;
  }

  /** Starts an operator as it runs in a pod of the chart: its ServiceAccount is mounted, and nothing else is said. */
  async operatorInPod(name: string, account: AccountMount): Promise<OperatorProcess> {
    const { hostname, port } = new URL(this.plane.server);
    const env = {
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      KUBECONFIG: undefined,
    };
    const options = { env, by: account.command };
    const operator = await OperatorProcess.start(name, this.release.args, undefined, options);
    this.#operators.push(operator);
    return operator;
  }

  /** What clients dial in place of a Service of the namespace. */
  async front(service: string, port = 'client'): Promise<ServiceFront> {
    const front = await ServiceFront.listen(this.api, this.namespace.name, service, port);
    this.#fronts.push(front);
    return front;
  }

  /** Closes it before the members are asked to end: a router waits for its clients. */
  closesFirst<T extends { close(): void }>(client: T): T {
    this.#clients.push(client);
    return client;
  }

  /** Who the operators are to the API server. */
  get user(): string {
    return `system:serviceaccount:${this.namespace.name}:${this.release.serviceAccount}`;
  }

  /** What the operators asked of the API server since. */
  requestsSince(mark: number): readonly AuditedRequest[] {
    return this.plane.requestsSince(mark).filter(({ user }) => user === this.user);
  }

  /** Ends and removes everything. Its kubelet must still run. */
  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    for (const front of this.#fronts) await front.close();
    for (const operator of this.#operators) await operator.stop();
    // The end of a namespace waits for half of the time that its pods are given.
    await this.api.delete(this.namespace.path('statefulsets', 'apps/v1'));
    await this.api.delete(this.namespace.path('pods'), { gracePeriodSeconds: 0 });
    await this.namespace.remove();
    for (const shell of [this.shell, ...this.#shells]) shell.close();
  }
}
