import type { topo } from '../../proto/index.ts';
import {
  committedMove,
  type Decision,
  decideOffer,
  diffTopologies,
  noVersion,
  Placement,
  pageOf,
  type TopologyDiff,
} from '../../topology/index.ts';
import type { Owner, Role, TopicSettings } from '../topics/index.ts';

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
  /**
   * Owners changed between the topology held before and this one, in one that was never held: what this process owned
   * may have been somebody else's.
   */
  readonly missed?: boolean;
}

const mine: Role = { is: 'mine' };
const others: Role = { is: 'others' };

/** What this process was when a generation began. */
interface Held {
  readonly generation: number;
  readonly placement: Placement;
  readonly named: boolean;
}

/** So many are kept: topics that aren't looked through yet may lag behind by that. */
export const generationsMax = 8;

/**
 * The topology held and what follows from it for this process. A topology is in force as soon as `offer` returns:
 * every question is answered by it from then on.
 */
export class Ownership implements Owner {
  readonly #self: Self;
  #placement: Placement | undefined;
  #settings: TopicSettings | undefined;
  #generation = 0;
  /** The topology names this process, not only its node. */
  #named = false;
  #moving = false;
  /** In order. Those that were never held are missing. */
  #generations: readonly Held[] = [];

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
    const { name, incarnation } = this.#self;
    this.#named = this.#placement.member(name)?.incarnation === incarnation;
    this.#moving = committedMove(offered) !== undefined;
    const missed = held !== undefined && offered.previousRingEpoch > (held.version?.epoch ?? 0);
    if (missed) this.#generation += 2;
    // In a move, whatever else changes, topics are looked through again: a new version hands over anew.
    else if (this.#moving || this.#mayLose(diff)) this.#generation += 1;
    this.#remember();
    return { ...decision, diff, missed };
  }

  role(cache: string, topic: string): Role {
    const placement = this.#placement;
    if (!placement) return others;
    return this.#roleIn({ placement, named: this.#named }, cache, topic);
  }

  roleAt(generation: number, cache: string, topic: string): Role {
    const held = this.#generations.find((it) => it.generation === generation);
    const role = held ? this.#roleIn(held, cache, topic) : others;
    // A cache that was removed when the generation began may be there again.
    const isNow = generation === this.#generation && held?.placement !== this.#placement;
    return isNow && role.is !== 'others' ? this.role(cache, topic) : role;
  }

  #roleIn(
    { placement, named }: Pick<Held, 'placement' | 'named'>,
    cache: string,
    topic: string,
  ): Role {
    if (!placement.hasCache(cache) || !named) return others;
    const { name } = this.#self;
    const owner = placement.ownerOf(cache, topic)?.name;
    if (!committedMove(placement.topology)) return owner === name ? mine : others;
    const heir = placement.heirOf(cache, topic)?.name;
    if (owner === name) return heir === undefined ? mine : { is: 'leaving', to: heir };
    return owner !== undefined && heir === name ? { is: 'coming', from: owner } : others;
  }

  get moving(): boolean {
    return this.#moving;
  }

  /** Whether the topology held names this process; one that names another run of this node gives it nothing. */
  get named(): boolean {
    return this.#named;
  }

  /** Throws when no topology is held: then nothing is owned, and no topic is created. */
  page(sweeps: number): number {
    if (!this.#placement) throw new Error('a page was asked for without a topology');
    const { pageOrigin } = this.#placement.topology;
    return pageOf({ pageOrigin, epoch: this.epoch, sweeps });
  }

  /** Whether this node, in this run or another, owns topics or will when a move is over. */
  get inRing(): boolean {
    return this.#placement?.inRing(this.#self.name) ?? false;
  }

  #remember(): void {
    const placement = this.#placement;
    if (!placement || this.#generations.at(-1)?.generation === this.#generation) return;
    const held = { generation: this.#generation, placement, named: this.#named };
    this.#generations = [...this.#generations, held].slice(-generationsMax);
  }

  /** Others may join or leave the members, other nodes may restart: that takes nothing from this one. */
  #mayLose({ owners, caches, members }: TopologyDiff): boolean {
    const { name } = this.#self;
    return (
      owners ||
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
