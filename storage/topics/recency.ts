/** A place in a `Recency`; each belongs to one list for life. */
export class Place<T> {
  readonly value: T;
  older: Place<T> | undefined = undefined;
  newer: Place<T> | undefined = undefined;
  listed = false;

  constructor(value: T) {
    this.value = value;
  }
}

/** Values in the order in which they were last touched. Every operation is O(1). */
export class Recency<T> {
  #oldest: Place<T> | undefined;
  #newest: Place<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The value that was not touched for longest. */
  oldest(): T | undefined {
    return this.#oldest?.value;
  }

  /** Makes it the newest; adds it when it isn't listed. */
  touch(place: Place<T>): void {
    if (place === this.#newest) return;
    this.remove(place);
    place.listed = true;
    place.older = this.#newest;
    if (this.#newest) this.#newest.newer = place;
    else this.#oldest = place;
    this.#newest = place;
    this.#size += 1;
  }

  /** Nothing happens when it isn't listed. */
  remove(place: Place<T>): void {
    if (!place.listed) return;
    if (place.older) place.older.newer = place.newer;
    else this.#oldest = place.newer;
    if (place.newer) place.newer.older = place.older;
    else this.#newest = place.older;
    place.older = undefined;
    place.newer = undefined;
    place.listed = false;
    this.#size -= 1;
  }

  /** From the oldest; values may be removed on the way, but only the one just given. */
  *[Symbol.iterator](): Generator<T> {
    let place = this.#oldest;
    while (place) {
      const next: Place<T> | undefined = place.newer;
      yield place.value;
      place = next;
    }
  }
}
