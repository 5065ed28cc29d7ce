import { committedMove, type Placement, topicKey } from '../../topology/index.ts';

/**
 * Where this router sends what concerns a topic. In the COMMIT of a move a topic that has an heir is asked for at its
 * source, until the source says that it has passed the topic on; then at the heir, for as long as this version holds.
 * The heir is never asked first: nobody but the source knows when it is its turn.
 */
export class Whereabouts {
  readonly #keptMax: number;
  #placement: Placement | undefined;
  #committed = false;
  /** Heirs of topics that their sources passed on, oldest first. */
  readonly #passedOn = new Map<string, string>();

  /** @param keptMax topics noted; the source of one that was forgotten is asked again, and says again that it passed it on */
  constructor(keptMax: number) {
    this.#keptMax = keptMax;
  }

  /** A new version: what was passed on in the last one is asked for at its source again. */
  follow(placement: Placement): void {
    this.#placement = placement;
    this.#committed = committedMove(placement.topology) !== undefined;
    this.#passedOn.clear();
  }

  /** Whom to ask, by name; undefined: nobody, there is no topology yet. */
  ownerOf(cache: string, topic: string): string | undefined {
    if (!this.#committed) return this.#placement?.ring.ownerOf(cache, topic);
    const heir = this.#passedOn.size > 0 ? this.#passedOn.get(topicKey(cache, topic)) : undefined;
    return heir ?? this.#placement?.ownerOf(cache, topic)?.name;
  }

  /**
   * `member` said that it doesn't have the topic, or not any more. True: it is the topic's source, and `ownerOf` names
   * the heir from now on.
   */
  passedOn(member: string, cache: string, topic: string): boolean {
    const placement = this.#placement;
    if (!this.#committed || placement?.ownerOf(cache, topic)?.name !== member) return false;
    const heir = placement.heirOf(cache, topic);
    if (!heir) return false;
    const key = topicKey(cache, topic);
    if (this.#passedOn.size >= this.#keptMax && !this.#passedOn.has(key)) {
      for (const oldest of this.#passedOn.keys()) {
        this.#passedOn.delete(oldest);
        break;
      }
    }
    this.#passedOn.set(key, heir.name);
    return true;
  }

  /** Whether a feed may stay at `member`: at the owner, or at either end of a move that says itself when the time is up. */
  mayServe(member: string, cache: string, topic: string): boolean {
    const placement = this.#placement;
    if (!this.#committed) return placement?.ring.ownerOf(cache, topic) === member;
    if (placement?.ownerOf(cache, topic)?.name === member) return true;
    return placement?.heirOf(cache, topic)?.name === member;
  }
}
