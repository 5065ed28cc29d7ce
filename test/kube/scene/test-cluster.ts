import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import type { TopicClusterStatus } from '../../../operator/index.ts';
import type { control, topo } from '../../../proto/index.ts';
import { parseTopology } from '../../../topology/index.ts';
import { repository } from '../../support/command.ts';
import { getState } from '../../support/member-calls.ts';
import { until } from '../../support/until.ts';
import type { KubeApi, Resource } from '../api/index.ts';
import type { Said, Shell } from '../shell.ts';
import type { Scene } from './scene.ts';

/** As it stands below `spec:`. */
export type SpecText = Readonly<Record<string, unknown>>;

export interface TopicClusterObject extends Resource {
  readonly spec: SpecText;
  readonly status?: TopicClusterStatus;
}

/** An object that the operator made. */
export interface Owned extends Resource {
  readonly collection: string;
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
}

const crdPath =
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/topicclusters.topicplane.dev';
const groupVersion = 'topicplane.dev/v1alpha1';
const settledWithinMs = 60_000;
const establishedWithinMs = 20_000;
const removedWithinMs = 30_000;

/** Everything a cluster is made of but its pods: groups with their plurals. */
const collections: readonly (readonly [plural: string, groupVersion: string | undefined])[] = [
  ['statefulsets', 'apps/v1'],
  ['services', undefined],
  ['configmaps', undefined],
  ['serviceaccounts', undefined],
  ['poddisruptionbudgets', 'policy/v1'],
];

/** The resource definition of this version, ready to be used. */
export async function applyCrd(shell: Shell, api: KubeApi): Promise<void> {
  await succeeds(shell.kubectl(['apply', '--server-side', '-f', `${repository}crds/`]));
  await until('the API server serves TopicClusters', establishedWithinMs, async () => {
    return api.find(`/apis/${groupVersion}/topicclusters`);
  });
}

/** Takes the resource definition away, and every TopicCluster with it. */
export async function removeCrd(api: KubeApi): Promise<void> {
  await api.delete(crdPath);
  await until('an API server without TopicClusters', removedWithinMs, async () => {
    return !(await api.find(crdPath));
  });
}

export async function succeeds(running: Promise<Said>): Promise<string> {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** One TopicCluster of a scene, looked at from outside. */
export class TestCluster {
  readonly name: string;
  readonly #scene: Scene;

  constructor(scene: Scene, name: string) {
    this.#scene = scene;
    this.name = name;
  }

  get path(): string {
    return this.#scene.namespace.path(`topicclusters/${this.name}`, groupVersion);
  }

  get(): Promise<TopicClusterObject> {
    return this.#scene.api.get<TopicClusterObject>(this.path);
  }

  /** As a person does: the whole file, with kubectl. */
  async apply(spec: SpecText): Promise<void> {
    const object = {
      apiVersion: groupVersion,
      kind: 'TopicCluster',
      metadata: { name: this.name },
    };
    await succeeds(this.#scene.shell.kubectl(['apply', '-f', '-'], stringify({ ...object, spec })));
  }

  /** Applies, and waits until it is so. */
  async become(spec: SpecText, withinMs = settledWithinMs): Promise<void> {
    await this.apply(spec);
    await this.settled(withinMs);
  }

  /** The status speaks of the newest spec and has no more to tell, and so say the members themselves. */
  async settled(withinMs = settledWithinMs): Promise<TopicClusterObject> {
    let last: TopicClusterObject | undefined;
    try {
      return await until(`${this.name} is as its spec says`, withinMs, async () => {
        last = await this.get();
        return isSettled(last) && (await this.#agrees(last)) ? last : undefined;
      });
    } catch (error) {
      throw new Error(`${(error as Error).message}: ${JSON.stringify(last?.status)}`);
    }
  }

  async topology(): Promise<topo.Topology> {
    const path = this.#scene.namespace.path(`configmaps/${this.name}-topology`);
    const { data } = await this.#scene.api.get<Owned>(path);
    return parseTopology(data?.['topology.json'] ?? '');
  }

  pods(): Promise<readonly Resource[]> {
    const labels = encodeURIComponent(`app.kubernetes.io/instance=${this.name}`);
    return this.#scene.api.list(this.#scene.namespace.path(`pods?labelSelector=${labels}`));
  }

  /** What each member says of itself, by its control port. */
  async states(): Promise<readonly control.GetStateResponse[]> {
    const pods = (await this.pods()).filter(({ metadata }) => !metadata.deletionTimestamp);
    return Promise.all(pods.map((pod) => getState(controlOf(pod))));
  }

  async controlAddress(pod: string): Promise<string> {
    return controlOf(await this.#scene.api.get(this.#scene.namespace.path(`pods/${pod}`)));
  }

  /** Everything the operator made of it, by `collection/name`. Pods are made by others. */
  async owned(): Promise<ReadonlyMap<string, Owned>> {
    const labels = encodeURIComponent(
      `app.kubernetes.io/instance=${this.name},app.kubernetes.io/managed-by=topicplane-operator`,
    );
    const lists = await Promise.all(
      collections.map(async ([plural, group]) => {
        const path = `${this.#scene.namespace.path(plural, group)}?labelSelector=${labels}`;
        const items = await this.#scene.api.list<Owned>(path);
        return items.map((item) => ({ ...item, collection: plural }));
      }),
    );
    return new Map(lists.flat().map((item) => [`${item.collection}/${item.metadata.name}`, item]));
  }

  /** Of everything that the operator writes, the cluster itself too. */
  async versions(): Promise<Readonly<Record<string, string>>> {
    const entries = [...(await this.owned())].map(([name, { metadata }]) => {
      return [name, metadata.resourceVersion ?? ''] as const;
    });
    const { metadata } = await this.get();
    return Object.fromEntries([...entries, ['itself', metadata.resourceVersion ?? '']]);
  }

  async #agrees({ status }: TopicClusterObject): Promise<boolean> {
    const { version } = await this.topology();
    if (!isDeepStrictEqual(status?.topology, version)) return false;
    const states = await this.states();
    return states.every((state) => isDeepStrictEqual(state.version, version));
  }
}

export function isSettled({ metadata, status }: TopicClusterObject): boolean {
  if (!status || status.observedGeneration !== metadata.generation) return false;
  const is = Object.fromEntries(status.conditions.map((it) => [it.type, it.status]));
  return is['Available'] === 'True' && is['Progressing'] === 'False' && is['Degraded'] === 'False';
}

function controlOf({ metadata }: Resource): string {
  const address = metadata.annotations?.['address.topicplane.dev/control'];
  if (address === undefined) throw new Error(`pod ${metadata.name} has no address yet`);
  return address;
}
