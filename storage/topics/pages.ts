import { sweepsMax } from '../../topology/index.ts';
import type { Owner } from './owner.ts';

/**
 * The page of topics that are created now. It must be larger than that of every topic evicted before, because one of
 * them may be created again.
 */
export class Pages {
  readonly #owner: Owner;
  #epoch = 0;
  #sweeps = 0;

  constructor(owner: Owner) {
    this.#owner = owner;
  }

  current(): number {
    if (this.#owner.epoch !== this.#epoch) {
      this.#epoch = this.#owner.epoch;
      this.#sweeps = 0;
    }
    return this.#owner.page(this.#sweeps);
  }

  /** Makes `current` larger than `page`. False: that can't be had before the next epoch. */
  leaveBehind(page: number): boolean {
    const behind = page - this.current() + 1;
    if (behind <= 0) return true;
    if (this.#sweeps + behind > sweepsMax) return false;
    this.#sweeps += behind;
    return true;
  }
}
