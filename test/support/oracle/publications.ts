import { type Position, show } from './position.ts';
import type { Violation } from './verdict.ts';

/** One payload that somebody published; ticks count the oracle's events. */
export interface Publication {
  readonly payload: string;
  readonly publisher: string;
  readonly topic: string;
  readonly startedAt: number;
  ackedAt: number | undefined;
  failedAt: number | undefined;
  /** Learnt from whoever received it first. */
  position: Position | undefined;
}

/** What was published on one topic, and which number every received item has. */
export class TopicRecord {
  readonly name: string;
  readonly publications: Publication[] = [];
  readonly #payloads = new Map<number, Map<number, string>>();

  constructor(name: string) {
    this.name = name;
  }

  /** I3, and that an item published once has one number. */
  place(
    position: Position,
    payload: string,
    publication: Publication | undefined,
  ): Violation | undefined {
    const numbers = this.#payloads.get(position.page) ?? new Map<number, string>();
    this.#payloads.set(position.page, numbers);
    const there = numbers.get(position.sequence);
    if (there !== undefined && there !== payload) {
      return {
        invariant: 'I3',
        message: `${this.name}: item ${show(position)} is "${there}" for one reader and "${payload}" for another`,
      };
    }
    numbers.set(position.sequence, payload);
    if (!publication || publication.topic !== this.name) {
      return {
        invariant: 'own',
        message: `${this.name}: item ${show(position)} carries "${payload}", which nobody published there`,
      };
    }
    const before = publication.position;
    publication.position ??= position;
    if (before && (before.page !== position.page || before.sequence !== position.sequence)) {
      return {
        invariant: 'once',
        message: `${this.name}: "${payload}" was published once and is both item ${show(before)} and item ${show(position)}`,
      };
    }
    return undefined;
  }

  /** Numbers of `page` after `after` up to `upTo` that no reader has seen an item for. */
  unseen(page: number, after: number, upTo: number): number {
    const numbers = this.#payloads.get(page);
    let seen = 0;
    for (const sequence of numbers?.keys() ?? []) {
      if (sequence > after && sequence <= upTo) seen++;
    }
    return upTo - after - seen;
  }
}
