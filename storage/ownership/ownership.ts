import type { topo } from '../../proto/index.ts';
import {
  type Decision,
  decideOffer,
  diffTopologies,
  noVersion,
  Placement,
  pageOf,
  type TopologyDiff,
} from '../../topology/index.ts';
import type { Owner, TopicSettings } from '../topics/index.ts';

/** Which process this is; a topology gives topics to one that has both name and incarnation. */
export interface Self {
  /** namespace/name/uid of the cluster. */
  readonly cluster: string;
  readonly name: string;
  readonly incarnation: string;
}

export interface Applied extends Decision {
  /** What the topology changed; only when it was applied. */
  readonly diff?: TopologyDiff;
}

/**
 * The topology held and what follows from it for this process. A topology is in force as soon as `offer` returns:
 * every question is answered by it from then on.
 */
export class Ownership implements Owner {
  readonly #self: Self;
  #placement: Placement | undefined;
  #settings: TopicSettings | undefined;
  #generation = 0;

  constructor(self: Self) {
    this.#self = self;
  }

  get placement(): Placement | undefined {
    return this.#placement;
  }

  get version(): topo.Version {
    return this.#placement?.version ?? noVersion;
  }

  get generation(): number {
    return this.#generation;
  }

  get settings(): TopicSettings | undefined {
    return this.#settings;
  }

  get epoch(): number {
    return this.version.epoch;
  }

  /** Takes a newer topology of this cluster; keeps what is held otherwise. */
  offer(offered: topo.Topology | undefined): Applied {
    const held = this.#placement?.topology;
    const decision = decideOffer(held, offered, this.#self.cluster);
    if (decision.outcome !== 'applied' || !offered) return decision;
    const diff = diffTopologies(held, offered);
    this.#placement = new Placement(offered);
    this.#settings = settingsOf(offered);
    const missedRing = held !== undefined && offered.previousRingEpoch > (held.version?.epoch ?? 0);
    if (missedRing) this.#generation += 2;
    else if (this.#mayLose(diff)) this.#generation += 1;
    return { ...decision, diff };
  }

  owns(cache: string, topic: string): boolean {
    const { name, incarnation } = this.#self;
    const placement = this.#placement;
    return placement?.hasCache(cache) === true && placement.owns(name, incarnation, cache, topic);
  }

  /** Throws when no topology is held: then nothing is owned, and no topic is created. */
  page(sweeps: number): number {
    if (!this.#placement) throw new Error('a page was asked for without a topology');
    const { pageOrigin } = this.#placement.topology;
    return pageOf({ pageOrigin, epoch: this.epoch, sweeps });
  }

  /** Whether the ring names this node, in this run or another. */
  get inRing(): boolean {
    return this.#placement?.ring.names.includes(this.#self.name) ?? false;
  }

  /** Others may join or leave the members, other nodes may restart: that takes nothing from this one. */
  #mayLose({ ring, caches, members }: TopologyDiff): boolean {
    const { name } = this.#self;
    return (
      ring.added.length > 0 ||
      ring.removed.length > 0 ||
      caches.removed.length > 0 ||
      members.restarted.includes(name) ||
      members.removed.includes(name)
    );
  }
}

function settingsOf({ settings }: topo.Topology): TopicSettings | undefined {
  if (!settings?.history) return undefined;
  const { itemsMax, bytesMax, ageMsMax, idleMsMax } = settings.history;
  return {
    messageBytesMax: settings.messageBytesMax,
    history: { itemsMax, bytesMax, ageMsMax },
    idleMsMax,
  };
}
