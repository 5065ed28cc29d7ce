/**
 * Counts messages that all have the same length and begin with the same byte. Whatever begins with another byte is
 * shown to `other`, which says how long it is; 0: not all of it is here yet.
 */
export class FixedLengthCounter {
  readonly #length: number;
  readonly #first: number;
  readonly #other: (bytes: Buffer) => number;
  /** Bytes of the message under way that are still to come. */
  #missing = 0;
  /** The beginning of something else. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(length: number, first: string, other: (bytes: Buffer) => number) {
    this.#length = length;
    this.#first = first.charCodeAt(0);
    this.#other = other;
  }

  /** @returns how many messages are complete with these bytes. */
  push(chunk: Buffer): number {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    if (this.#rest.length > 0) this.#rest = Buffer.alloc(0);
    let complete = 0;
    let at = 0;
    if (this.#missing > 0) {
      if (bytes.length < this.#missing) {
        this.#missing -= bytes.length;
        return 0;
      }
      at = this.#missing;
      this.#missing = 0;
      complete = 1;
    }
    while (at < bytes.length) {
      if (bytes[at] === this.#first) {
        at += this.#length;
        if (at > bytes.length) {
          this.#missing = at - bytes.length;
          return complete;
        }
        complete += 1;
        continue;
      }
      const length = this.#other(bytes.subarray(at));
      if (length === 0) {
        this.#rest = Buffer.from(bytes.subarray(at));
        return complete;
      }
      at += length;
    }
    return complete;
  }
}

/** How long the line is that these bytes begin with, with its end; 0: not all of it is here. */
export function lineLength(bytes: Buffer): number {
  return bytes.indexOf(10) + 1;
}
