/** How long a process may stand still unnoticed, and how long it waits for a word after it did; milliseconds. */
export interface StandstillBounds {
  readonly standstillMsMin: number;
  readonly standstillHoldMsMax: number;
}

/**
 * stood-still: it serves nothing from now on. alone: no operator said a word, it serves again. undefined: nothing new.
 */
export type StandstillNews =
  | { readonly is: 'stood-still'; readonly forMs: number }
  | { readonly is: 'alone' }
  | undefined;

/**
 * Knows whether this process stood still for so long that others may own its topics by now.
 *
 *     serving --a gap between two looks--> held --confirmed, or no word for standstillHoldMsMax--> serving
 *                                          ^  '---- another gap: another number ----.
 *                                          '----------------------------------------'
 *
 * Every standstill has a number. Whoever decides on owners learns it by asking, and says it again with a topology: so
 * that word is newer than the end of the standstill, whatever waited in the sockets meanwhile. The first number comes from
 * the time of the start: one that was meant for an earlier process at this address is none of this process.
 */
export class Standstill {
  readonly #bounds: StandstillBounds;
  #monotonicMs: number;
  #wallMs: number;
  #last: number;
  #held = 0;
  #heldSinceMs = 0;

  constructor(bounds: StandstillBounds, monotonicMs: number, wallMs: number) {
    this.#bounds = bounds;
    this.#monotonicMs = monotonicMs;
    this.#wallMs = wallMs;
    this.#last = Math.floor(wallMs);
  }

  /** The number of the standstill that a word is waited for about; 0: it serves. */
  get held(): number {
    return this.#held;
  }

  /**
   * To be called all the time, and before anything is taken or given. The longer of both differences counts: the
   * monotonic clock stops with the machine, the other one may be set.
   */
  look(monotonicMs: number, wallMs: number): StandstillNews {
    const forMs = Math.max(monotonicMs - this.#monotonicMs, wallMs - this.#wallMs);
    this.#monotonicMs = monotonicMs;
    this.#wallMs = wallMs;
    const { standstillMsMin, standstillHoldMsMax } = this.#bounds;
    if (forMs >= standstillMsMin) {
      this.#last += 1;
      this.#held = this.#last;
      this.#heldSinceMs = monotonicMs;
      return { is: 'stood-still', forMs };
    }
    if (this.#held === 0 || monotonicMs - this.#heldSinceMs < standstillHoldMsMax) return undefined;
    this.#held = 0;
    return { is: 'alone' };
  }

  /** True: this is the word that was waited for, and it serves again. */
  confirm(number: number): boolean {
    if (this.#held === 0 || number !== this.#held) return false;
    this.#held = 0;
    return true;
  }
}
