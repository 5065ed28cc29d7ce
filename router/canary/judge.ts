import type { Position } from '../service.ts';

/** What came of the items of one topic since counting began. All but `arrived` are faults. */
export interface Tally {
  /** Own items, since the last announced gap. */
  readonly arrived: number;
  /** Missing, and nobody said so. */
  readonly lost: number;
  readonly doubled: number;
  /** Numbered below one that came before. */
  readonly disordered: number;
  /** Not what was sent. */
  readonly changed: number;
}

export type Fault = Exclude<keyof Tally, 'arrived'>;

/** An item of the stream; `own`: its number, if this process sent it, and whether its content is what was sent. */
export interface Arrival {
  readonly at: Position;
  readonly own: { readonly n: number; readonly intact: boolean } | undefined;
}

/** How the stream says that items are missing: the last one known, and the one before the next. */
export interface Notice {
  readonly last: number;
  readonly next: number;
  readonly page: number;
}

/** Of so many of the latest items it is known that they came. */
const rememberedMax = 1_024;

/**
 * Follows one topic that this process publishes to and subscribes to, and finds what the stream kept silent about. It
 * never judges by time: an item counts as lost when one that must come later has come.
 *
 * - Sequences go up by one, whoever published the items.
 * - An item that was sent after another one was accepted comes after it.
 * - A discontinuity excuses what was sent before it.
 */
export class Judge {
  #tally = noFaults();
  #next = 0;
  /** Numbers below are of an earlier count. */
  #first = 0;
  /** What was sent and hasn't come. The value: the first number sent after it was accepted; undefined: it isn't yet. */
  readonly #awaited = new Map<number, number | undefined>();
  readonly #came = new Set<number>();
  #position: Position | undefined;
  /** Missing sequences that were counted, but it isn't known which items they were. */
  #nameless = 0;
  readonly #onFault: (fault: Fault, items: number) => void;

  /** @param onFault told of every fault as it is found */
  constructor(onFault: (fault: Fault, items: number) => void = () => {}) {
    this.#onFault = onFault;
  }

  get tally(): Tally {
    return this.#tally;
  }

  /** Sent, and neither refused nor here. */
  get awaited(): number {
    return this.#awaited.size;
  }

  /** The last item or discontinuity of the stream. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** Counts anew. What is on its way isn't expected any more. */
  begin(): void {
    this.#tally = noFaults();
    this.#first = this.#next;
    this.#excuse();
  }

  /** @returns the number of the item that is sent now */
  sent(): number {
    const n = this.#next++;
    this.#awaited.set(n, undefined);
    // Should nothing come at all, the first item that does tells by its sequence.
    if (this.#awaited.size > rememberedMax) this.#awaited.delete(oldestOf(this.#awaited.keys()));
    return n;
  }

  /** OK was answered. It may have come already. */
  accepted(n: number): void {
    if (this.#awaited.has(n)) this.#awaited.set(n, this.#next);
  }

  /** An error was answered: it may come or not. */
  refused(n: number): void {
    this.#awaited.delete(n);
  }

  /** The stream was opened, where `position` is or, without one, somewhere. */
  opened(): void {
    if (!this.#position) this.#excuse();
  }

  arrived({ at, own }: Arrival): void {
    const isNext = this.#follow(at);
    if (!own) return;
    if (this.#came.has(own.n)) {
      if (isNext) this.#found('doubled', 1);
      return;
    }
    this.#came.add(own.n);
    if (this.#came.size > rememberedMax) this.#came.delete(oldestOf(this.#came));
    this.#awaited.delete(own.n);
    if (!own.intact) this.#found('changed', 1);
    else if (own.n >= this.#first) this.#tally.arrived += 1;
    this.#missBefore(own.n);
  }

  announced({ last, next, page }: Notice): void {
    const held = this.#position;
    if (held && last > held.sequence) this.#found('lost', last - held.sequence);
    this.#position = { page, sequence: next };
    this.#excuse();
    this.#tally.arrived = 0;
  }

  /** @returns whether the stream went forward */
  #follow(at: Position): boolean {
    const held = this.#position;
    if (!held) {
      this.#position = at;
      return true;
    }
    if (at.page === held.page && at.sequence <= held.sequence) {
      this.#found(at.sequence < held.sequence ? 'disordered' : 'doubled', 1);
      return false;
    }
    // A page that begins without a word may hide any number of items.
    const missing = at.page === held.page ? at.sequence - held.sequence - 1 : 1;
    if (missing > 0) this.#found('lost', missing);
    this.#nameless += missing;
    this.#position = at;
    return true;
  }

  #missBefore(n: number): void {
    for (const [other, acceptedBefore] of this.#awaited) {
      if (other > n) break;
      if (acceptedBefore === undefined || acceptedBefore > n) continue;
      this.#awaited.delete(other);
      if (this.#nameless > 0) this.#nameless -= 1;
      else this.#found('lost', 1);
    }
  }

  #found(fault: Fault, items: number): void {
    this.#tally[fault] += items;
    this.#onFault(fault, items);
  }

  #excuse(): void {
    this.#awaited.clear();
    this.#nameless = 0;
  }
}

function oldestOf(numbers: Iterable<number>): number {
  for (const n of numbers) return n;
  return -1;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function noFaults(): Writable<Tally> {
  return { arrived: 0, lost: 0, doubled: 0, disordered: 0, changed: 0 };
}
