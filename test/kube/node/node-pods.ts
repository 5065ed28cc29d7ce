import type { PodReport, PodStore } from '../../../local/kubelet/index.ts';
import { addressAnnotationPrefix, type Pod } from '../../../operator/index.ts';
import { sleep, systemClock } from '../../../runtime/index.ts';
import { ApiRefusal, type KubeApi, Listing } from '../api/index.ts';
import type { ControlPlane } from '../plane/index.ts';
import { loopbackOf, type PodAddresses } from './addresses.ts';
import { type Condition, type KubePod, podPath, portsOf, sharedPod } from './pod.ts';
import { statusOf } from './status.ts';
import { StatusWriter } from './status-writer.ts';
import { type KubeConfigMap, Volumes } from './volumes.ts';

const againMs = 500;

/** The pods of one node, for the shared kubelet: takes those that have no node, and tells the API server how they are. */
export class NodePods implements PodStore {
  readonly volumes: Volumes;
  readonly #plane: ControlPlane;
  readonly #api: KubeApi;
  readonly #node: string;
  readonly #addresses: PodAddresses;
  readonly #pods: Listing<KubePod>;
  readonly #configMaps: Listing<KubeConfigMap>;
  readonly #status: StatusWriter;
  readonly #ips = new Map<string, string>();
  readonly #conditions = new Map<string, readonly Condition[]>();
  /** Pods that something is being asked for, by uid. */
  readonly #asking = new Set<string>();
  readonly #introduced = new Set<string>();
  #stopped = false;
  #onChange: () => void = () => {};

  constructor(plane: ControlPlane, node: string, addresses: PodAddresses, folder: string) {
    const api = plane.api('kubelet');
    this.#plane = plane;
    this.#api = api;
    this.#node = node;
    this.#addresses = addresses;
    this.#status = new StatusWriter(api);
    this.#pods = new Listing(api, '/api/v1/pods', () => this.#changed());
    this.#configMaps = new Listing(api, '/api/v1/configmaps', () => this.#changed());
    this.volumes = new Volumes(folder, this.#configMaps);
  }

  async synced(): Promise<void> {
    await Promise.all([this.#pods.synced, this.#configMaps.synced]);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([this.#pods.stop(), this.#configMaps.stop(), this.#status.stop()]);
  }

  /** Each pod that ever ran here has one. */
  ipOf(pod: { readonly metadata: { readonly uid?: string } }): string {
    const uid = pod.metadata.uid ?? '';
    const ip = this.#ips.get(uid) ?? this.#addresses.next();
    this.#ips.set(uid, ip);
    return ip;
  }

  async list(): Promise<readonly Pod[]> {
    return this.#mine()
      .filter((pod) => isGoing(pod) || (this.#isIntroduced(pod) && this.volumes.refresh(pod)))
      .map(sharedPod);
  }

  watch(onChange: () => void): () => void {
    this.#onChange = onChange;
    return () => {
      this.#onChange = () => {};
    };
  }

  async report({ metadata }: Pod, report: PodReport): Promise<void> {
    const pod = this.#pods.get(metadata.namespace, metadata.name);
    const uid = metadata.uid ?? '';
    if (!pod || pod.metadata.uid !== uid) return;
    const place = { podIp: this.ipOf(pod), nodeIp: this.#addresses.nodeIp };
    const before = this.#conditions.get(uid) ?? pod.status?.conditions ?? [];
    const status = statusOf(pod, report, place, before, new Date().toISOString());
    this.#conditions.set(uid, (status as { conditions: Condition[] }).conditions);
    this.#status.write(pod, status);
  }

  async remove({ metadata }: Pod): Promise<void> {
    const { uid = '' } = metadata;
    const options = { gracePeriodSeconds: 0, preconditions: { uid } };
    try {
      await this.#api.delete(podPath({ metadata }), options);
    } catch (error) {
      if (error instanceof ApiRefusal && error.code === 409) return;
      setTimeout(() => this.#onChange(), againMs).unref();
      return;
    }
    this.volumes.remove({ metadata } as KubePod);
    this.#ips.delete(uid);
    this.#conditions.delete(uid);
  }

  #mine(): KubePod[] {
    return this.#pods.all().filter(({ spec }) => spec.nodeName === this.#node);
  }

  #changed(): void {
    if (this.#stopped) return;
    for (const pod of this.#pods.all().filter((each) => !isGoing(each))) {
      const { nodeName } = pod.spec;
      if (nodeName === undefined) void this.#ask(pod, () => this.#bind(pod));
      if (nodeName !== this.#node) continue;
      if (!this.#isIntroduced(pod)) void this.#ask(pod, () => this.#introduce(pod));
      this.volumes.refresh(pod);
    }
    this.#onChange();
  }

  /**
   * Nobody could reach the pod's address, so it says where its ports answer, before it starts. The token that others
   * find in their container it finds in a kubeconfig.
   */
  async #introduce(pod: KubePod): Promise<void> {
    const { uid, namespace = '' } = pod.metadata;
    if (!this.volumes.hasToken(pod)) {
      const { serviceAccountName = 'default' } = pod.spec;
      this.volumes.writeToken(pod, await this.#plane.kubeconfigOf(namespace, serviceAccountName));
    }
    await this.#api.patch(podPath(pod), {
      metadata: { uid, annotations: this.#introduction(pod) },
    });
  }

  #isIntroduced(pod: KubePod): boolean {
    const { uid = '', annotations } = pod.metadata;
    const wanted = Object.entries(this.#introduction(pod));
    if (this.volumes.hasToken(pod) && wanted.every(([name, at]) => annotations?.[name] === at)) {
      this.#introduced.add(uid);
    }
    return this.#introduced.has(uid);
  }

  #introduction(pod: KubePod): Record<string, string> {
    const ports = portsOf(pod, loopbackOf(this.ipOf(pod)));
    return Object.fromEntries(
      Object.entries(ports).map(([port, at]) => [`${addressAnnotationPrefix}${port}`, at]),
    );
  }

  async #bind(pod: KubePod): Promise<void> {
    const { name, namespace, uid } = pod.metadata;
    await this.#api.create(`${podPath(pod)}/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace, uid },
      target: { apiVersion: 'v1', kind: 'Node', name: this.#node },
    });
  }

  /** Once at a time. Whatever is there after a refusal or an outage is looked at again. */
  async #ask({ metadata }: KubePod, request: () => Promise<void>): Promise<void> {
    const { uid = '' } = metadata;
    if (this.#asking.has(uid)) return;
    this.#asking.add(uid);
    const failed = await request().then(
      () => false,
      () => true,
    );
    if (failed) await sleep(systemClock, againMs);
    this.#asking.delete(uid);
    this.#changed();
  }
}

function isGoing({ metadata }: KubePod): boolean {
  return metadata.deletionTimestamp !== undefined;
}
