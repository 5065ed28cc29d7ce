import { hash } from 'node:crypto';
import HashRing from 'hashring';
import { topicKey } from './names.ts';

/**
 * Each makes 4 points on the circle. Given per member, so that the points of a member are the same however many
 * members there are; it must not be 40, which `hashring` takes as "not given". 400 points keep the busiest of 8
 * members within about 10 % of the mean.
 */
const virtualNodes = 100;

/** Owners of topics that were asked for, kept to spare the hashing; about 200 bytes each. */
const ownersKeptMax = 16_384;

/** Rings kept to spare building them: each costs a hash per 4 points. A move needs two, a simulation a few dozen. */
const ringsKeptMax = 64;

/** Consistent hashing of topics over member names: a member that comes or goes moves only its own share. */
export class Ring {
  /** Sorted; without duplicates. */
  readonly names: readonly string[];
  readonly #circle: HashRing;
  /** By cache and topic: names that come again and again are found without being put together. */
  readonly #owners = new Map<string, Map<string, string>>();
  #ownersKept = 0;
  static readonly #kept = new Map<string, Ring>();

  /** @param names of the members, in any order: the same names give the same owners everywhere. */
  constructor(names: readonly string[]) {
    this.names = [...new Set(names)].toSorted();
    // The order matters where points of two members coincide: hence sorted.
    const servers = Object.fromEntries(this.names.map((name) => [name, { vnodes: virtualNodes }]));
    this.#circle = new HashRing(servers, md5, { 'max cache size': 1 });
  }

  /** As the constructor makes it; the same one for the same names. */
  static of(names: readonly string[]): Ring {
    const key = names.join();
    const kept = Ring.#kept.get(key);
    if (kept) return kept;
    const made = new Ring(names);
    if (Ring.#kept.size >= ringsKeptMax) Ring.#kept.clear();
    Ring.#kept.set(key, made);
    return made;
  }

  /** The member that owns a topic, `undefined` in an empty ring. Takes any text; what isn't Unicode has an owner too. */
  ownerOf(cache: string, topic: string): string | undefined {
    const known = this.#owners.get(cache)?.get(topic);
    if (known !== undefined) return known;
    // The NUL in a key keeps it apart from names of Object.prototype.
    const owner = this.#circle.get(topicKey(cache, topic)) as string | undefined;
    if (owner !== undefined) this.#keep(cache, topic, owner);
    return owner;
  }

  #keep(cache: string, topic: string, owner: string): void {
    if (this.#ownersKept >= ownersKeptMax) {
      this.#owners.clear();
      this.#ownersKept = 0;
    }
    let owners = this.#owners.get(cache);
    if (!owners) {
      owners = new Map();
      this.#owners.set(cache, owners);
    }
    owners.set(topic, owner);
    this.#ownersKept += 1;
  }
}

/** What `hashring` does by itself when told 'md5', at half the cost: it makes an object for each key. */
function md5(key: string): Buffer {
  return Buffer.from(hash('md5', key, 'binary'), 'binary');
}
