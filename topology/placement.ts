import type { topo } from '../proto/index.ts';
import { Ring } from './ring.ts';
import { noVersion } from './version.ts';

/** A topology made ready for questions; built once for each. Every answer takes constant time and at most one hash. */
export class Placement {
  readonly topology: topo.Topology;
  readonly version: topo.Version;
  /** The members that own topics. */
  readonly ring: Ring;
  readonly #members: ReadonlyMap<string, topo.Member>;
  readonly #caches: ReadonlyMap<string, topo.Cache>;

  /** @param topology a valid one (`validateTopology`), not changed from here on. */
  constructor(topology: topo.Topology) {
    this.topology = topology;
    this.version = topology.version ?? noVersion;
    this.ring = new Ring(topology.ring);
    this.#members = new Map(topology.storage.map((member) => [member.name, member]));
    this.#caches = new Map(topology.caches.map((cache) => [cache.name, cache]));
  }

  /** The storage node that owns a topic, whether or not its cache exists. */
  ownerOf(cache: string, topic: string): topo.Member | undefined {
    const name = this.ring.ownerOf(cache, topic);
    return name === undefined ? undefined : this.#members.get(name);
  }

  /** Whether the process `incarnation` of storage node `name` owns a topic. Another run of that node does not. */
  owns(name: string, incarnation: string, cache: string, topic: string): boolean {
    return (
      this.#members.get(name)?.incarnation === incarnation &&
      this.ring.ownerOf(cache, topic) === name
    );
  }

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
