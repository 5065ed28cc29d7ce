import { expect } from 'vitest';
import type { topo } from '../../../proto/index.ts';
import {
  committedMove,
  formatVersion,
  noVersion,
  topologyToJson,
  validateTopology,
} from '../../../topology/index.ts';
import type { Plan } from '../plan.ts';
import { defaultPolicy } from '../policy.ts';
import type { World } from './world.ts';

/** What is so of the members of a topology, whatever was observed. */
interface Truth {
  /** Those of the process that it names, which answers. */
  readonly sameProcess: ReadonlySet<string>;
  /** Storage nodes that don't hold it, and routers that are waited for. */
  readonly unprepared: readonly string[];
  /** Storage nodes that don't hold it. */
  readonly unheld: ReadonlySet<string>;
  /** Topics, by those who live, to others in this move. */
  readonly handedOver: number;
  /** Sources that have something to hand over. */
  readonly undone: readonly string[];
}

/** Looks at every plan of a world before and after it is carried out, and knows what no plan may do. */
export class Watchman {
  readonly #world: World;
  readonly #contents = new Map<string, string>();
  /** Since when each router has been without the topology in force, or without a link to all of it. */
  readonly #late = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  step(pauseMs: number): Plan {
    const world = this.#world;
    const before = world.topology;
    this.#noteLateRouters(before);
    const served = new Set(
      world
        .pods('storage')
        .filter((pod) => pod.ready)
        .map((pod) => pod.name),
    );
    const truth = before ? this.#truth(before) : undefined;
    const plan = world.plan();
    const { topology } = plan;
    if (topology) this.#contentIsOne(topology);
    if (topology) expect(validateTopology(topology)).toEqual([]);
    if (topology) this.#namesAreMembers(topology);
    const isNew = before && topology && formatVersionOf(before) !== formatVersionOf(topology);
    if (isNew && truth) this.#stepIsAllowed(before, topology, plan, truth, served);
    this.#deletionsAreSafe(plan, before, served);
    return world.step(pauseMs, plan);
  }

  #contentIsOne(topology: topo.Topology): void {
    const version = formatVersionOf(topology);
    const content = topologyToJson(topology);
    expect(this.#contents.get(version) ?? content).toBe(content);
    this.#contents.set(version, content);
  }

  #namesAreMembers({ ring, move, storage }: topo.Topology): void {
    const members = storage.map((member) => member.name);
    const named = [...ring, ...(move?.ring ?? []), ...(move?.sources ?? [])];
    expect(named.filter((name) => !members.includes(name))).toEqual([]);
  }

  #stepIsAllowed(
    before: topo.Topology,
    after: topo.Topology,
    plan: Plan,
    truth: Truth,
    served: ReadonlySet<string>,
  ): void {
    expect(after.version?.epoch).toBeGreaterThan(before.version?.epoch ?? 0);
    const isForced = plan.events.some(({ reason }) => reason === 'MoveForced');
    const isAbandoned = plan.events.some(({ reason }) => reason === 'MoveAbandoned');
    const [was, is] = [committedMove(before), committedMove(after)];
    if (is && !was) {
      expect(before.move?.ring).toEqual(is.ring);
      expect(is.sources).toEqual(before.ring);
      expect(truth.unprepared).toEqual([]);
    }
    if (was && !after.move && !isForced) {
      expect(truth.undone).toEqual([]);
      expect(after.ring).toEqual(was.ring);
    }
    if (was && is) {
      // Whoever serves and is the same process stays a source; and a target, if it takes the topology.
      const kept = (names: readonly string[]) => names.filter((it) => truth.sameProcess.has(it));
      if (!isForced) expect(is.sources).toEqual(expect.arrayContaining(kept(was.sources)));
      const holding = kept(was.ring).filter((it) => !truth.unheld.has(it));
      if (isAbandoned) {
        expect(is.ring).toEqual(before.ring);
        expect(truth.handedOver).toBe(0);
      } else expect(is.ring).toEqual(expect.arrayContaining(holding));
      expect(after.ring).toEqual(before.ring);
    }
    if (!was) {
      // Without a move nobody is dropped that serves, and nobody is added while somebody is left.
      const dropped = before.ring.filter((name) => !after.ring.includes(name));
      expect(dropped.filter((name) => served.has(name))).toEqual([]);
      const added = after.ring.filter((name) => !before.ring.includes(name));
      if (added.length > 0) expect(dropped).toEqual(before.ring);
    }
  }

  /** What is really so of the members of a topology. */
  #truth(topology: topo.Topology): Truth {
    const world = this.#world;
    const version = topology.version ?? noVersion;
    const pods = new Map(world.pods('storage').map((pod) => [pod.name, pod]));
    const sameProcess = topology.storage.filter((member) => {
      const process = pods.get(member.name)?.process;
      return process?.incarnation === member.incarnation && !process.frozen;
    });
    const names = new Set(sameProcess.map((member) => member.name));
    const unheld = topology.storage.filter(({ name }) => {
      return !names.has(name) || !pods.get(name)?.process?.holds(version);
    });
    const lateRouters = [...this.#late].filter(([, sinceMs]) => {
      return world.nowMs - sinceMs < defaultPolicy.acknowledgeMsMax;
    });
    const sources = committedMove(topology)?.sources ?? [];
    return {
      sameProcess: names,
      unheld: new Set(unheld.map((member) => member.name)),
      handedOver: sources.reduce((sum, it) => sum + (pods.get(it)?.process?.handedOver ?? 0), 0),
      unprepared: [...unheld.map((member) => member.name), ...lateRouters.map(([name]) => name)],
      undone: sources.filter((name) => {
        const pod = pods.get(name);
        return unheld.some((it) => it.name === name) || !pod || !world.isDone(pod);
      }),
    };
  }

  #noteLateRouters(topology: topo.Topology | undefined): void {
    const world = this.#world;
    const version = topology?.version ?? noVersion;
    const late = world.pods('router').filter((router) => {
      return (
        !router.process?.holds(version) ||
        world.linked(router).length < (topology?.storage.length ?? 0)
      );
    });
    const names = new Set(late.map((router) => router.name));
    for (const name of this.#late.keys()) if (!names.has(name)) this.#late.delete(name);
    for (const name of names) if (!this.#late.has(name)) this.#late.set(name, world.nowMs);
  }

  /** A storage pod that owns topics is deleted by nobody; not even a dead one, while others serve. */
  #deletionsAreSafe(
    plan: Plan,
    before: topo.Topology | undefined,
    served: ReadonlySet<string>,
  ): void {
    const world = this.#world;
    const sets = plan.objects.flatMap((it) => (it.kind === 'StatefulSet' ? [it.object] : []));
    const replicas = sets.find((set) => set.metadata.name === 'demo-storage')?.spec.replicas;
    const beyond = world
      .pods('storage')
      .filter((pod) => pod.ordinal >= (replicas ?? pod.ordinal + 1));
    const deleted = [
      ...plan.replacements.map(({ pod }) => pod).filter((name) => name.includes('storage')),
      ...beyond.filter((pod) => !pod.leaving).map((pod) => pod.name),
    ];
    const named = (topology: topo.Topology | undefined) => [
      ...(topology?.ring ?? []),
      ...(topology?.move?.ring ?? []),
      ...(topology?.move?.sources ?? []),
    ];
    const owning = deleted.filter((name) =>
      [...named(before), ...named(plan.topology)].includes(name),
    );
    expect(owning.filter((name) => served.has(name) || served.size > 0)).toEqual([]);
  }
}

function formatVersionOf({ version }: topo.Topology): string {
  return formatVersion(version ?? noVersion);
}
