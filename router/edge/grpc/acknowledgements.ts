import { publishing } from '../../../proto/index.ts';
import { type Status, statusNumbers } from './status.ts';

const firstSlots = 256;

/**
 * Which items of a stream are answered: how far all are, and who was refused. Items are answered in any order, as topics
 * have different owners. What lies between is a ring of flags that holds no more than is unanswered.
 */
export class Acknowledgements {
  /** By number modulo its length, a power of two: answered, but not all before it are. */
  #ahead = new Uint8Array(firstSlots);
  #taken = 0;
  #acknowledged = 0;
  #told = 0;
  #refused: publishing.Refusal[] = [];

  /** Items that were taken and not answered, or are answered before one that isn't. */
  get unacknowledged(): number {
    return this.#taken - this.#acknowledged;
  }

  get news(): boolean {
    return this.#acknowledged > this.#told || this.#refused.length > 0;
  }

  /** The number of the next item. */
  take(): number {
    this.#taken += 1;
    if (this.unacknowledged > this.#ahead.length) this.#grow();
    return this.#taken;
  }

  /** @param problem undefined: accepted */
  answered(item: number, problem: Status | undefined): void {
    if (problem) {
      const { code, message } = problem;
      this.#refused.push({ item, code: statusNumbers[code], message });
    }
    const mask = this.#ahead.length - 1;
    this.#ahead[item & mask] = 1;
    let next = this.#acknowledged + 1;
    while (this.#ahead[next & mask] === 1 && next <= this.#taken) {
      this.#ahead[next & mask] = 0;
      next += 1;
    }
    this.#acknowledged = next - 1;
  }

  /** What the client is to be told since the last time. */
  tell(): Uint8Array {
    this.#told = this.#acknowledged;
    const refused = this.#refused;
    this.#refused = [];
    return publishing.PublishResponse.encode({ acknowledged: this.#told, refused }).finish();
  }

  #grow(): void {
    const before = this.#ahead;
    const grown = new Uint8Array(2 * before.length);
    for (let item = this.#acknowledged + 1; item < this.#taken; item += 1) {
      grown[item & (grown.length - 1)] = before[item & (before.length - 1)] as number;
    }
    this.#ahead = grown;
  }
}
