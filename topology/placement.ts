import type { topo } from '../proto/index.ts';
import { canaryCache } from './names.ts';
import { committedMove, ownersOf } from './owners.ts';
import { Ring } from './ring.ts';
import { noVersion } from './version.ts';

const unsaidCaches: readonly topo.Cache[] = [
  { name: canaryCache, publishesPerSecondMax: 0, subscriptionsMax: 0 },
];

/** A topology made ready for questions; built once for each. Every answer takes constant time and at most one hash. */
export class Placement {
  readonly topology: topo.Topology;
  readonly version: topo.Version;
  /** The members that own topics; in a move: that owned them before it. */
  readonly ring: Ring;
  /** In the COMMIT of a move: who owns topics after it. */
  readonly #after: Ring | undefined;
  readonly #sources: ReadonlySet<string>;
  /** Owners now or when the move is over. */
  readonly #inRing: ReadonlySet<string>;
  readonly #members: ReadonlyMap<string, topo.Member>;
  readonly #caches: ReadonlyMap<string, topo.Cache>;

  /** @param topology a valid one (`validateTopology`), not changed from here on. */
  constructor(topology: topo.Topology) {
    this.topology = topology;
    this.version = topology.version ?? noVersion;
    this.ring = Ring.of(topology.ring);
    const move = committedMove(topology);
    this.#after = move && Ring.of(move.ring);
    this.#sources = new Set(move?.sources);
    this.#inRing = new Set([...ownersOf(topology), ...(topology.move?.ring ?? [])]);
    this.#members = new Map(topology.storage.map((member) => [member.name, member]));
    const caches = [...topology.caches, ...unsaidCaches];
    this.#caches = new Map(caches.map((cache) => [cache.name, cache]));
  }

  /**
   * The storage node that owns a topic, whether or not its cache exists. Where there is an heir, it owns the topic until
   * it has sealed it; from then on the heir does.
   */
  ownerOf(cache: string, topic: string): topo.Member | undefined {
    const before = this.ring.ownerOf(cache, topic);
    const isOver = this.#after !== undefined && !this.#sources.has(before ?? '');
    const name = isOver ? this.#after?.ownerOf(cache, topic) : before;
    return name === undefined ? undefined : this.#members.get(name);
  }

  /** The storage node that the owner hands the topic over to, in this epoch; undefined: it stays where it is. */
  heirOf(cache: string, topic: string): topo.Member | undefined {
    if (!this.#after) return undefined;
    const before = this.ring.ownerOf(cache, topic);
    const after = this.#after.ownerOf(cache, topic);
    if (before === undefined || after === undefined) return undefined;
    return before !== after && this.#sources.has(before) ? this.#members.get(after) : undefined;
  }

  /** Who hands over topics in this epoch; empty unless a move is in COMMIT. */
  get sources(): ReadonlySet<string> {
    return this.#sources;
  }

  /**
   * Every storage node that `ownerOf` can name: while topics are handed over, heirs only when a node of the ring was lost,
   * whose topics went to them at once.
   */
  get owners(): readonly string[] {
    if (!this.#after) return this.ring.names;
    const isOneLost = this.ring.names.some((name) => !this.#sources.has(name));
    return isOneLost ? ownersOf(this.topology) : [...this.#sources];
  }

  /** Whether a storage node owns topics in this epoch, or will when the move is over. */
  inRing(name: string): boolean {
    return this.#inRing.has(name);
  }

  /** Whether the process `incarnation` of storage node `name` owns a topic. Another run of that node does not. */
  owns(name: string, incarnation: string, cache: string, topic: string): boolean {
    const owner = this.ownerOf(cache, topic);
    return owner?.name === name && owner.incarnation === incarnation;
  }

  /** Whether the process `incarnation` of storage node `name` is the heir of a topic. */
  inherits(name: string, incarnation: string, cache: string, topic: string): boolean {
    const heir = this.heirOf(cache, topic);
    return heir?.name === name && heir.incarnation === incarnation;
  }

  /** `canaryCache` is always there. */
  hasCache(name: string): boolean {
    return this.#caches.has(name);
  }

  cache(name: string): topo.Cache | undefined {
    return this.#caches.get(name);
  }

  member(name: string): topo.Member | undefined {
    return this.#members.get(name);
  }
}
