import { comparePositions, type Position, show } from './position.ts';
import type { Violation } from './verdict.ts';

export interface Notice {
  readonly last: number;
  readonly next: number;
  readonly page: number;
}

/** What one stream may carry next. */
export class StreamCheck {
  readonly #name: string;
  readonly #asked: Position | undefined;
  /** Undefined: anything. Page 0: that number on any page. */
  #next: Position | undefined;
  #items = 0;

  /** @param asked the first item wanted; undefined: from now on. */
  constructor(name: string, asked: Position | undefined) {
    this.#name = name;
    this.#asked = asked;
    this.#next = asked;
  }

  /** I1 and I2 for one more item. */
  item(position: Position): Violation | undefined {
    const next = this.#next;
    const first = this.#items++ === 0;
    this.#next = { page: position.page, sequence: position.sequence + 1 };
    if (!next) return undefined;
    const expected: Position = next.page === 0 ? { ...next, page: position.page } : next;
    if (comparePositions(position, expected) === 0) return undefined;
    const what = `${this.#name} got item ${show(position)} where ${show(expected)} was due`;
    if (first && this.#asked === next) {
      return violation('I2', `${what}: it starts neither where it asked nor with a discontinuity`);
    }
    if (position.page !== expected.page) {
      return violation('I2', `${what}: the page changed without a discontinuity`);
    }
    return position.sequence < expected.sequence
      ? violation('I2', `${what}: numbers went back`)
      : violation('I1', `${what}: numbers are missing and no discontinuity says so`);
  }

  /** I1 and I2 for one discontinuity; also the position after which items are missing, where it is known. */
  discontinuity(notice: Notice): { violation: Violation | undefined; after: Position | undefined } {
    const next = this.#next;
    this.#items++;
    this.#next = { page: notice.page, sequence: notice.next + 1 };
    if (!next || next.page === 0) return { violation: undefined, after: undefined };
    const after = { page: next.page, sequence: next.sequence - 1 };
    return { violation: this.#judge(notice, after), after };
  }

  #judge(notice: Notice, held: Position): Violation | undefined {
    const what = `${this.#name} holds ${show(held)} and was told ${notice.last} to ${notice.next} of page ${notice.page} are missing`;
    if (notice.page < held.page) return violation('I2', `${what}: the page went back`);
    if (notice.page > held.page) {
      return notice.last === held.sequence || notice.last === 0
        ? undefined
        : violation('I1', `${what}: the gap does not begin at what it holds`);
    }
    if (notice.last !== held.sequence) {
      return violation('I1', `${what}: the gap does not begin at what it holds`);
    }
    return notice.next > notice.last ? undefined : violation('I1', `${what}: nothing is missing`);
  }
}

function violation(invariant: Violation['invariant'], message: string): Violation {
  return { invariant, message };
}
