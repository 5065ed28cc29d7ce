import { crossesPages, type Gap, liesIn, type Position } from './position.ts';
import type { Publication, TopicRecord } from './publications.ts';
import type { Violation } from './verdict.ts';

/** What became of one acknowledged item for one subscription that was live when it was published. */
export type Fate = 'delivered' | 'announced' | 'owed';

/** One subscription as its user sees it: a chain of streams, each resuming where the last one stood. */
export class SubscriptionRecord {
  readonly name: string;
  readonly topic: TopicRecord;
  /** From here on nothing may pass by unseen. */
  liveFrom: number | undefined;
  closed = false;
  readonly gaps: Gap[] = [];
  readonly #received = new Set<string>();
  readonly #latestStart = new Map<string, Publication>();
  #last: Position | undefined;
  /** Publications of the topic before this one have a fate that stays: they needn't be looked at again. */
  #settled = 0;

  constructor(name: string, topic: TopicRecord) {
    this.name = name;
    this.topic = topic;
  }

  /** Whether it got this item. */
  readonly has = (payload: string): boolean => this.#received.has(payload);

  /** I4 for one more item. */
  receive(position: Position, publication: Publication): Violation | undefined {
    this.#last = position;
    if (this.#received.has(publication.payload)) return undefined;
    this.#received.add(publication.payload);
    const latest = this.#latestStart.get(publication.publisher);
    if (!latest || latest.startedAt < publication.startedAt) {
      this.#latestStart.set(publication.publisher, publication);
      return undefined;
    }
    if (publication.ackedAt === undefined || publication.ackedAt > latest.startedAt)
      return undefined;
    return {
      invariant: 'I4',
      message: `${this.name} saw "${latest.payload}" before "${publication.payload}", whose answer ${publication.publisher} had awaited first`,
    };
  }

  /** How many of its items are owed. Asked again and again, it looks at what is new, however long the history. */
  owed(): number {
    if (this.liveFrom === undefined) return 0;
    const { publications } = this.topic;
    for (let next = publications[this.#settled]; next && this.#isSettled(next); ) {
      next = publications[++this.#settled];
    }
    let owed = 0;
    for (const { fate } of this.fates(this.#settled)) if (fate === 'owed') owed++;
    return owed;
  }

  /**
   * I5: the fate of every item this subscription has a claim to, of those published as number `from` or later. A closed subscription has no claim to what lies
   * beyond the last item it received: that may have been on its way.
   */
  *fates(from = 0): Generator<{ publication: Publication; fate: Fate }> {
    if (this.liveFrom === undefined) return;
    const nameless: Publication[] = [];
    const { publications } = this.topic;
    for (let index = from; index < publications.length; index++) {
      const publication = publications[index] as Publication;
      if (publication.ackedAt === undefined || publication.startedAt < this.liveFrom) continue;
      if (this.#received.has(publication.payload)) yield { publication, fate: 'delivered' };
      else if (!publication.position) nameless.push(publication);
      else if (this.#isAnnounced(publication.position)) yield { publication, fate: 'announced' };
      else if (!this.closed || this.#isPast(publication.position))
        yield { publication, fate: 'owed' };
    }
    yield* this.#fatesOfUnseen(nameless);
  }

  /** It has no claim to it and never will, has received it, or was told that it is missing. */
  #isSettled({ payload, startedAt, ackedAt, failedAt, position }: Publication): boolean {
    if (this.liveFrom !== undefined && startedAt < this.liveFrom) return true;
    if (ackedAt === undefined) return failedAt !== undefined;
    if (this.#received.has(payload)) return true;
    return position !== undefined && this.#isAnnounced(position);
  }

  #isAnnounced(position: Position): boolean {
    return this.gaps.some((gap) => liesIn(gap, position));
  }

  #isPast(position: Position): boolean {
    const last = this.#last;
    return last !== undefined && position.page === last.page && position.sequence < last.sequence;
  }

  /** Items that nobody received have no known number: they must fit into announced numbers that nobody saw. */
  *#fatesOfUnseen(
    publications: readonly Publication[],
  ): Generator<{ publication: Publication; fate: Fate }> {
    if (publications.length === 0) return;
    let room = 0;
    for (const { after, upTo } of this.gaps) {
      if (after?.page === upTo.page) {
        room += this.topic.unseen(upTo.page, after.sequence, upTo.sequence);
      }
    }
    for (const publication of publications) {
      const reset = this.gaps.some((gap) => crossesPages(gap) && gap.at > publication.startedAt);
      if (reset || room-- > 0) yield { publication, fate: 'announced' };
      else if (!this.closed) yield { publication, fate: 'owed' };
    }
  }
}
