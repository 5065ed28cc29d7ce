/** Events that are kept when a run is told to record. */
const keptMax = 20_000;

/**
 * What happened, in order. Every event goes into a hash, by which two runs are compared; words are made only while a run
 * is recorded, which is when somebody wants to read them.
 */
export class Trace {
  readonly #recording: boolean;
  readonly #lines: string[] = [];
  #hash = 0x811c9dc5;
  #events = 0;

  constructor(recording: boolean) {
    this.#recording = recording;
  }

  get recording(): boolean {
    return this.#recording;
  }

  /** Of all events so far. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  get events(): number {
    return this.#events;
  }

  /** One more event; `number` tells it apart. */
  mix(number: number): void {
    this.#events += 1;
    this.#hash = Math.imul(this.#hash ^ (number | 0), 0x01000193);
  }

  /** @param words made only when they are kept */
  note(nowMs: number, who: string, words: () => string): void {
    this.mix(Math.round(nowMs * 1024));
    this.mix(who.length);
    if (this.#recording) this.tell(nowMs, who, words());
  }

  /** For readers only: it is no part of the hash. */
  tell(nowMs: number, who: string, words: string): void {
    this.#lines.push(`${nowMs.toFixed(2).padStart(9)}  ${who.padEnd(16)} ${words}`);
    if (this.#lines.length > keptMax) this.#lines.splice(0, keptMax / 2);
  }

  /** The last lines; all of them without `count`. */
  tail(count?: number): readonly string[] {
    return count === undefined ? this.#lines : this.#lines.slice(-count);
  }
}
