import {
  addressAnnotationPrefix,
  type Component,
  components,
  ordinalOf,
  type Pod,
  type StatefulSet,
  statefulSetName,
} from '../../../operator/index.ts';
import type { topo } from '../../../proto/index.ts';
import type { Member } from './calls.ts';
import { namespace, type Objects } from './objects.ts';
import { SimProcess } from './process.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** What a process is started with. */
export interface Process {
  readonly process: SimProcess;
  readonly component: Component;
  readonly name: string;
  readonly incarnation: string;
  readonly cluster: string;
  readonly addresses: { readonly control: string; readonly link: string };
  /** The topology that is mounted; undefined: none is. */
  readonly record: topo.Topology | undefined;
  /** Its own. */
  readonly random: Random;
}

export interface PodsOptions {
  readonly objects: Objects;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly cluster: { readonly name: string; readonly id: string };
  readonly start: (made: Process) => Member;
  /** What the mounted topology says now. */
  readonly record: () => topo.Topology | undefined;
}

const START_MS = [20, 120] as const;
const RESTART_MS = [80, 400] as const;
const PROBE_MS = 100;
/** Probes in a row that have to fail. */
const FAILURES = 3;
/** Of SIGTERM, then it is killed. Production waits for longer. */
const GRACE_MS = { router: 4_000, storage: 12_000 } as const;
const RECONCILE_MS = [2, 15] as const;

/** One pod, and what runs in it. */
interface Running {
  readonly name: string;
  readonly component: Component;
  readonly uid: string;
  readonly host: string;
  member: Member | undefined;
  failures: number;
  ready: boolean;
  restarts: number;
  deleting: boolean;
}

/** Makes pods for StatefulSets and runs them, as a control plane and its nodes would. */
export class Pods {
  /** By control address. */
  readonly directory = new Map<string, Member>();
  readonly #options: PodsOptions;
  readonly #running = new Map<string, Running>();
  #reconciling = false;
  #made = 0;
  #incarnations = 0;
  #stopped = false;

  constructor(options: PodsOptions) {
    this.#options = options;
    options.objects.watch(({ kind }) => {
      if (kind === 'StatefulSet' || kind === 'Pod') this.#reconcileSoon();
    });
  }

  /** Processes that run or are stalled. */
  members(component?: Component): Member[] {
    const members: Member[] = [];
    for (const running of this.#running.values()) {
      if (component !== undefined && running.component !== component) continue;
      if (running.member && !running.member.process.ended) members.push(running.member);
    }
    return members;
  }

  /** Members whose pods take clients. */
  ready(component: Component): Member[] {
    return this.members(component).filter(({ name }) => {
      const running = this.#running.get(name);
      return running?.ready === true && !running.deleting;
    });
  }

  /** Why the pods aren't as their StatefulSets want them, for people; undefined: they are. */
  unsettled(): string | undefined {
    for (const component of components) {
      const set = this.#set(component);
      if (!set) return `no StatefulSet of ${component}`;
      const pods = [...this.#running.values()].filter((it) => it.component === component);
      if (pods.length !== set.spec.replicas) {
        return `${pods.length} of ${set.spec.replicas} ${component} pods`;
      }
      const waited = pods.find((pod) => !pod.ready || pod.deleting);
      if (waited) return `${waited.name} is ${waited.deleting ? 'being deleted' : 'not ready'}`;
    }
    return undefined;
  }

  #set(component: Component): StatefulSet | undefined {
    return this.#options.objects.get(
      'StatefulSet',
      statefulSetName(this.#options.cluster.name, component),
    );
  }

  #soon([min, max]: readonly [number, number], action: () => void): void {
    this.#options.timeline.after(this.#options.random.between(min, max), undefined, action);
  }

  #reconcileSoon(): void {
    if (this.#reconciling || this.#stopped) return;
    this.#reconciling = true;
    this.#soon(RECONCILE_MS, () => {
      this.#reconciling = false;
      for (const component of components) this.#reconcile(component);
    });
  }

  #reconcile(component: Component): void {
    const { objects, cluster } = this.#options;
    const set = this.#set(component);
    if (!set) return;
    for (let ordinal = 0; ordinal < set.spec.replicas; ordinal++) {
      const name = `${statefulSetName(cluster.name, component)}-${ordinal}`;
      if (!objects.get('Pod', name) && !this.#running.has(name)) this.#make(set, component, name);
    }
    for (const running of [...this.#running.values()]) {
      if (running.component !== component) continue;
      const ordinal = ordinalOf(running.name, set.metadata.name) ?? 0;
      if (ordinal >= set.spec.replicas) objects.delete('Pod', running.name);
      const pod = objects.get('Pod', running.name);
      if (pod?.metadata.deletionTimestamp !== undefined) this.#end(running);
    }
  }

  #make(set: StatefulSet, component: Component, name: string): void {
    const host = `${name}/${this.#made++}`;
    const { metadata } = set.spec.template;
    const pod = this.#options.objects.apply('Pod', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace,
        labels: metadata.labels,
        annotations: {
          ...metadata.annotations,
          [`${addressAnnotationPrefix}control`]: `${hostName(host)}:8082`,
          [`${addressAnnotationPrefix}link`]: `${hostName(host)}:8081`,
        },
      },
      spec: { containers: [], terminationGracePeriodSeconds: 0 },
      status: { phase: 'Pending', conditions: [] },
    } as unknown as Pod);
    const running: Running = {
      name,
      component,
      uid: pod.metadata.uid ?? '',
      host,
      member: undefined,
      failures: 0,
      ready: false,
      restarts: 0,
      deleting: false,
    };
    this.#running.set(name, running);
    this.#soon(START_MS, () => this.#start(running));
    this.#probeLater(running);
  }

  #start(running: Running): void {
    if (this.#running.get(running.name) !== running || running.deleting) return this.#gone(running);
    const { timeline, random, cluster, record } = this.#options;
    const process = new SimProcess(running.host, timeline, random.fork());
    const address = hostName(running.host);
    const addresses = { control: `${address}:8082`, link: `${address}:8081` };
    const { name, component } = running;
    const incarnation = `run-${this.#incarnations++}`;
    const made = { process, component, name, incarnation, cluster: cluster.id, addresses };
    const member = this.#options.start({ ...made, record: record(), random: random.fork() });
    running.member = member;
    this.directory.set(addresses.control, member);
    process.onEnd(() => {
      this.directory.delete(addresses.control);
      this.#setReady(running, false);
      if (running.deleting) return this.#gone(running);
      running.restarts += 1;
      this.#soon(RESTART_MS, () => this.#start(running));
    });
  }

  #end(running: Running): void {
    if (running.deleting) return;
    running.deleting = true;
    const { timeline } = this.#options;
    const { process } = running.member ?? {};
    if (!process || process.ended) return this.#gone(running);
    timeline.after(1, process, () => running.member?.terminate());
    timeline.after(GRACE_MS[running.component], undefined, () => process.end());
  }

  #gone(running: Running): void {
    if (this.#running.get(running.name) !== running) return;
    this.#running.delete(running.name);
    if (running.deleting) this.#options.objects.remove('Pod', running.name);
    this.#reconcileSoon();
  }

  #probeLater(running: Running): void {
    this.#options.timeline.after(PROBE_MS, undefined, () => {
      if (this.#stopped || this.#running.get(running.name) !== running) return;
      this.#probe(running);
      this.#probeLater(running);
    });
  }

  #probe(running: Running): void {
    const { member } = running;
    const isFine =
      member?.process.running === true &&
      (running.component === 'storage' || member.notReadyBecause() === undefined);
    running.failures = isFine ? 0 : running.failures + 1;
    if (isFine) this.#setReady(running, true);
    else if (running.failures >= FAILURES || member?.process.running) {
      this.#setReady(running, false);
    }
  }

  #setReady(running: Running, ready: boolean): void {
    if (running.ready === ready) return;
    running.ready = ready;
    this.#options.objects.applyStatus('Pod', running.name, {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: [
        { name: running.component, restartCount: running.restarts, ready, containerID: 'x' },
      ],
    });
  }
}

/** As addresses have it. */
function hostName(host: string): string {
  return host.replace('/', '.');
}
