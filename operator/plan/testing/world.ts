import type { topo } from '../../../proto/index.ts';
import { committedMove, noVersion, parseTopology } from '../../../topology/index.ts';
import type { Component } from '../../names.ts';
import type { Observed } from '../../observe/index.ts';
import type { TopicClusterStatus } from '../../resource/index.ts';
import { sampleObserved } from '../../sample.ts';
import type { Kind, Kinds, StatefulSet } from '../../store.ts';
import { makePlan, type Plan } from '../plan.ts';
import { defaultPolicy } from '../policy.ts';
import { noScaling, type ScalingMemory } from '../scaling/index.ts';
import type { WaitMemory } from '../waits.ts';
import { ModelPod, ModelProcess } from './processes.ts';

/** What happens to a cluster between two plans. */
export type Fault =
  | {
      readonly kind: 'kill' | 'freeze' | 'deafen' | 'stall' | 'heal' | 'end' | 'delete';
      readonly component: Component;
      readonly ordinal: number;
    }
  | { readonly kind: 'scale'; readonly storage: number }
  | { readonly kind: 'image'; readonly image: string }
  | { readonly kind: 'cache'; readonly name: string }
  | { readonly kind: 'operator' };

/** The image that does not run. */
export const brokenImage = 'topicplane:broken';

/** A cluster `demo` in memory: real plans, model members, and nothing between them. */
export class World {
  readonly plans: Plan[] = [];
  /** Storage nodes that ended although they owned topics. */
  readonly lost: string[] = [];
  nowMs = 0;
  #term = 1;
  #waits: WaitMemory = new Map();
  #scaling: ScalingMemory = noScaling;
  #runs = 0;
  #spec = { storage: 2, image: 'topicplane:1', caches: ['a'] };
  readonly #pods = new Map<string, ModelPod>();
  readonly #objects = new Map<string, Kinds[Kind]>();
  #status: unknown;
  #record: { readonly text: string; readonly topology: topo.Topology | undefined } = {
    text: '',
    topology: undefined,
  };

  get topology(): topo.Topology | undefined {
    const text = this.#object('ConfigMap', 'demo-topology')?.data['topology.json'];
    if (text === undefined) return undefined;
    if (this.#record.text !== text) this.#record = { text, topology: parseTopology(text) };
    return this.#record.topology;
  }

  get spec(): { readonly storage: number; readonly image: string } {
    return this.#spec;
  }

  pods(component: Component): readonly ModelPod[] {
    const pods = [...this.#pods.values()].filter((pod) => pod.component === component);
    return pods.toSorted((a, b) => a.ordinal - b.ordinal);
  }

  pod(component: Component, ordinal: number): ModelPod | undefined {
    return this.#pods.get(`demo-${component}-${ordinal}`);
  }

  replicas(component: Component): number {
    return this.#object('StatefulSet', `demo-${component}`)?.spec.replicas ?? 0;
  }

  conditionReason(type: string): string | undefined {
    const { conditions } = (this.#status ?? { conditions: [] }) as TopicClusterStatus;
    return conditions.find((condition) => condition.type === type)?.reason;
  }

  take(fault: Fault): void {
    if (fault.kind === 'scale') this.#spec.storage = fault.storage;
    else if (fault.kind === 'image') this.#spec.image = fault.image;
    else if (fault.kind === 'cache') this.#spec.caches = [fault.name];
    else if (fault.kind === 'operator') {
      this.#waits = new Map();
      this.#scaling = noScaling;
      this.#term += 1;
    } else this.#befall(fault.kind, this.pod(fault.component, fault.ordinal));
  }

  healAll(): void {
    for (const pod of this.#pods.values()) this.#befall('heal', pod);
  }

  observe(): Observed {
    const { storage, image, caches } = this.#spec;
    const spec = {
      storage: { replicas: storage },
      image,
      caches: caches.map((name) => ({ name })),
    };
    const observed = sampleObserved(spec);
    const topology = this.topology;
    const all = [...this.#objects.values()];
    const of = <K extends Kind>(kind: K) => all.filter((it) => it.kind === kind) as Kinds[K][];
    return {
      ...observed,
      resource: { ...observed.resource, status: this.#status },
      held: topology ? { kind: 'held', topology } : { kind: 'none' },
      configMap: of('ConfigMap')[0],
      serviceAccount: of('ServiceAccount')[0],
      services: of('Service'),
      budgets: of('PodDisruptionBudget'),
      sets: {
        storage: this.#object('StatefulSet', 'demo-storage'),
        router: this.#object('StatefulSet', 'demo-router'),
      },
      storage: this.pods('storage').map((pod) => pod.observed([], this.#progress(pod))),
      routers: this.pods('router').map((pod) => pod.observed(this.linked(pod), undefined)),
    };
  }

  /** What the operator would do now. */
  plan(observed = this.observe()): Plan {
    return makePlan(observed, {
      term: this.#term,
      defaultImage: 'topicplane:1',
      policy: defaultPolicy,
      endpoint: 'demo:443',
      nowMs: this.nowMs,
      wallMs: 1_800_000_000_000 + this.nowMs,
      waits: this.#waits,
      refusals: new Map(),
      pushPauses: new Map(),
      statusMemory: undefined,
      recorded: undefined,
      scaling: this.#scaling,
      readings: new Map(),
      prometheusUrl: undefined,
    });
  }

  /** The operator looks and acts; then the members do their part, for `pauseMs`. */
  step(pauseMs = 250, plan = this.plan()): Plan {
    this.#waits = plan.waits;
    this.#scaling = plan.scaling;
    for (const { kind, object } of plan.objects) {
      this.#objects.set(`${kind}/${object.metadata.name}`, object);
    }
    if (plan.status) this.#status = structuredClone(plan.status);
    const { topology } = plan;
    for (const { member } of topology ? plan.pushes : []) {
      const pod = this.#pods.get(member);
      if (topology) pod?.process?.take(topology);
    }
    for (const { pod, uid } of plan.replacements) {
      const found = this.#pods.get(pod);
      if (found?.uid === uid) found.leaving = true;
    }
    this.plans.push(plan);
    this.#membersGoOn();
    this.nowMs += pauseMs;
    return plan;
  }

  #befall(kind: string, pod: ModelPod | undefined): void {
    const process = pod?.process;
    if (!pod) return;
    if (kind === 'delete') pod.leaving = true;
    else if (kind === 'kill') pod.process = undefined;
    else if (process) {
      if (kind === 'freeze') process.frozen = true;
      if (kind === 'deafen') process.deaf = true;
      if (kind === 'stall') process.stalled = true;
      if (kind === 'end') process.stopping = true;
      if (kind === 'heal') process.frozen = process.deaf = process.stalled = false;
    }
  }

  #membersGoOn(): void {
    for (const pod of [...this.#pods.values()]) this.#goOn(pod);
    for (const component of ['storage', 'router'] as const) this.#scale(component);
  }

  #goOn(pod: ModelPod): void {
    const { process } = pod;
    if (process && !process.frozen && (process.stopping || pod.leaving)) {
      process.stopping = true;
      const owns = pod.component === 'storage' && this.#isNeeded(pod, process);
      if (!owns) this.#end(pod, process);
    }
    if (pod.leaving && !pod.process) {
      this.#pods.delete(pod.name);
      return;
    }
    if (process && !process.stalled && this.#isWayOpen(process)) {
      const handed = Math.min(process.left, 2);
      process.left -= handed;
      process.handedOver += handed;
    }
    // What was killed starts again.
    if (!pod.process && !pod.broken) pod.process = new ModelProcess(`run-${this.#runs++}`);
  }

  #end(pod: ModelPod, { held, incarnation }: ModelProcess): void {
    const { storage = [], ring = [], move } = this.topology ?? {};
    const isOwner = [...ring, ...(move?.ring ?? [])].includes(pod.name);
    const isNamed = storage.some((it) => it.name === pod.name && it.incarnation === incarnation);
    if (held && isOwner && isNamed) this.lost.push(pod.name);
    pod.process = undefined;
  }

  #isNeeded({ name }: ModelPod, { held }: ModelProcess): boolean {
    const others = [...(held?.ring ?? []), ...(held?.move?.ring ?? [])].filter((it) => it !== name);
    const isOwner = held?.ring.includes(name) === true || held?.move?.ring.includes(name) === true;
    return isOwner && others.length > 0;
  }

  /** A router can carry, and every target is in the same version. */
  #isWayOpen({ held }: ModelProcess): boolean {
    const move = held && committedMove(held);
    const version = held?.version ?? noVersion;
    if (!move) return false;
    const carriers = this.pods('router').filter((pod) => pod.process?.holds(version));
    const targets = move.ring.map((name) => this.#pods.get(name)?.process);
    return carriers.length > 0 && targets.every((target) => target?.holds(version));
  }

  #progress({ name, process }: ModelPod) {
    const move = process?.held && committedMove(process.held);
    if (!process || !move) return undefined;
    const isSource = move.sources.includes(name);
    const { handedOver } = process;
    const left = isSource ? process.left : 0;
    const isOver = left === 0 && this.#isWayOpen(process);
    const done = !isSource || (isOver && (!process.stalled || process.hasNoHeirs));
    return { left, handedOver, taken: 0, done };
  }

  /** The source has handed over everything, and every target is in its version. */
  isDone(pod: ModelPod): boolean {
    return this.#progress(pod)?.done === true;
  }

  /** Storage nodes that a router is linked to. */
  linked(router: ModelPod): readonly topo.Member[] {
    const members = router.process?.held?.storage ?? [];
    return members.filter(({ name, incarnation }) => {
      const process = this.#pods.get(name)?.process;
      return process?.incarnation === incarnation && !process.frozen;
    });
  }

  #scale(component: Component): void {
    const set = this.#object('StatefulSet', `demo-${component}`);
    if (!set) return;
    for (let ordinal = 0; ordinal < set.spec.replicas; ordinal++) {
      const name = `demo-${component}-${ordinal}`;
      if (!this.#pods.has(name)) this.#pods.set(name, this.#make(component, ordinal, set));
    }
    for (const pod of this.pods(component)) {
      if (pod.ordinal >= set.spec.replicas) pod.leaving = true;
    }
  }

  #make(component: Component, ordinal: number, { spec }: StatefulSet): ModelPod {
    const { annotations } = spec.template.metadata;
    return new ModelPod(component, ordinal, {
      uid: `uid-${this.#runs++}`,
      templateHash: annotations?.['topicplane.dev/template-hash'],
      broken: spec.template.spec.containers[0]?.image === brokenImage,
    });
  }

  #object<K extends Kind>(kind: K, name: string): Kinds[K] | undefined {
    return this.#objects.get(`${kind}/${name}`) as Kinds[K] | undefined;
  }
}
