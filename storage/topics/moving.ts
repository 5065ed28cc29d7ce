import type { link } from '../../proto/index.ts';
import type { OrphanMarks } from './orphans.ts';
import type { Owner } from './owner.ts';
import type { Retention } from './retention.ts';
import { stateBytes, stateOf } from './state.ts';
import type { TopicTable } from './table.ts';

/** taken: it goes on here. held: it is here already. exhausted: there is no room for it. */
export type Arrival = 'taken' | 'held' | 'exhausted';

/** Of one batch of topics. It holds one topic at least, however large, if there is one. */
export interface BatchBounds {
  readonly handoffTopicsMax: number;
  readonly handoffBytesMax: number;
  /** Of the items of one topic: the newest that fit are handed over. */
  readonly handoffItemsBytesMax: number;
}

/** Topics that go to other storage nodes and come from them, in the COMMIT of a move. */
export class Moving {
  readonly #owner: Owner;
  readonly #table: TopicTable;
  readonly #retention: Retention;
  readonly #marks: OrphanMarks;

  constructor(owner: Owner, table: TopicTable, retention: Retention, marks: OrphanMarks) {
    this.#owner = owner;
    this.#table = table;
    this.#retention = retention;
    this.#marks = marks;
  }

  /** Topics that are to be handed over, as far as they are looked through. */
  get left(): number {
    return this.#table.leaving.size;
  }

  leftFor(heir: string): number {
    return this.#table.leaving.count(heir);
  }

  /** Another topology is in force: who is heir of what is found out anew by the audit that follows. */
  follow(): void {
    if (this.#owner.moving) this.#table.leaving.recount();
    else this.#table.leaving.forget();
  }

  /**
   * Seals the next topics of an heir and gives their states: their publishes are answered MOVED from now on, their feeds
   * have been told after the items that came before.
   */
  handOver(heir: string, bounds: BatchBounds, nowMs: number): link.TopicState[] {
    const states: link.TopicState[] = [];
    const history = this.#owner.settings?.history;
    let bytes = 0;
    while (states.length < bounds.handoffTopicsMax && bytes < bounds.handoffBytesMax) {
      const topic = this.#table.leaving.seal(heir);
      if (!topic) break;
      if (history) this.#retention.trim(topic, nowMs, history);
      this.#marks.doubt(topic, nowMs);
      const state = stateOf(topic, bounds.handoffItemsBytesMax, nowMs);
      this.#table.release(topic);
      states.push(state);
      bytes += stateBytes(state);
    }
    return states;
  }

  /** From now on nothing that has this heir is begun here. What is here has to be handed over before. */
  close(heir: string): void {
    this.#table.leaving.close(heir);
  }

  /** Goes on with a topic where its source left off. Who is heir was settled with the version of the handoff. */
  take(state: link.TopicState, nowMs: number): Arrival {
    const { cache, topic: name, page, head, items, agesMs, orphans } = state;
    const inherited = { head, items: items.length };
    const topic = this.#table.inherit(cache, name, page, inherited, nowMs);
    if (typeof topic === 'string') return topic;
    const history = this.#owner.settings?.history;
    if (history) this.#retention.inherit(topic, items, agesMs, nowMs, history);
    const marks = orphans.map(({ after, leftMs, router }) => {
      return { after, untilMs: nowMs + leftMs, router };
    });
    this.#marks.inherit(topic, marks, nowMs);
    return 'taken';
  }

  /** Leaves a topic that came where it is: it begins a new page here. */
  leave({ cache, topic, page }: link.TopicState): void {
    this.#table.disinherit(cache, topic, page);
  }
}
