import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Arrival, Judge, type Notice, type Tally } from './judge.ts';

/** What a stream says, in order. */
type Message =
  | { readonly is: 'item'; readonly arrival: Arrival; readonly isClaimed: boolean }
  | { readonly is: 'notice'; readonly notice: Notice };

/** An honest topic: what it does to a judge is sound, until told to misbehave. */
class HonestTopic {
  readonly judge = new Judge();
  readonly #stream: Message[] = [];
  /** Sent, numbered, not answered yet. */
  readonly #unanswered: number[] = [];
  #page = 1;
  #head = 0;
  /** The last number that the stream has spoken of, whether or not it was heard. */
  #said = 0;

  publish(accept: boolean): void {
    const n = this.judge.sent();
    this.#number({ n, intact: true }, accept);
    if (accept) this.#unanswered.push(n);
    else this.judge.refused(n);
  }

  /** Two at once, numbered the other way round: nobody promised more. */
  publishTwo(): void {
    const [one, other] = [this.judge.sent(), this.judge.sent()];
    for (const n of [other, one]) this.#number({ n, intact: true }, true);
    this.#unanswered.push(one, other);
  }

  publishOther(): void {
    this.#number(undefined, false);
  }

  refuse(): void {
    this.judge.refused(this.judge.sent());
  }

  answer(count: number): void {
    for (const n of this.#unanswered.splice(0, count)) this.judge.accepted(n);
  }

  deliver(count: number): void {
    for (const message of this.#stream.splice(0, count)) this.#hear(message);
  }

  /** Passes over some items and says so. */
  skip(count: number): void {
    const passed = this.#stream.splice(0, count);
    const last = passed.findLast(({ is }) => is === 'item');
    if (last?.is !== 'item') return;
    const { page, sequence } = last.arrival.at;
    const before = { is: 'notice', notice: { last: this.#said, next: sequence, page } } as const;
    this.#hear(before);
  }

  /** Loses all that it has and begins a new page. */
  crash(): void {
    this.#stream.length = 0;
    this.#page += 3;
    this.#head = 0;
    this.#hear({ is: 'notice', notice: { last: this.#said, next: 0, page: this.#page } });
  }

  /** Another stream: without a position it begins with what comes next. */
  reopen(): void {
    this.judge.opened();
    if (!this.judge.position) this.#stream.length = 0;
  }

  // From here on: what no topic may do.

  /** Keeps silent about the next item. @returns whether it was one that the judge can miss */
  drop(): boolean {
    const [next] = this.#stream;
    if (next?.is !== 'item' || !(next.isClaimed || this.judge.position)) return false;
    this.#stream.shift();
    this.#said = next.arrival.at.sequence;
    return true;
  }

  /** Says the next item twice. */
  double(): boolean {
    const [next] = this.#stream;
    if (next?.is !== 'item') return false;
    this.#hear(next);
    this.deliver(1);
    return true;
  }

  swap(): boolean {
    const [one, other] = this.#stream;
    if (one?.is !== 'item' || other?.is !== 'item') return false;
    this.#stream.splice(0, 2, other, one);
    this.deliver(2);
    return true;
  }

  /** Answers and says everything, and enough more to tell what is missing. */
  finish(): void {
    for (let round = 0; round < 2; round += 1) {
      this.answer(Number.POSITIVE_INFINITY);
      this.deliver(Number.POSITIVE_INFINITY);
      this.publish(true);
    }
    this.answer(Number.POSITIVE_INFINITY);
    this.deliver(Number.POSITIVE_INFINITY);
  }

  #number(own: Arrival['own'], isClaimed: boolean): void {
    this.#head += 1;
    const at = { page: this.#page, sequence: this.#head };
    this.#stream.push({ is: 'item', arrival: { at, own }, isClaimed });
  }

  #hear(message: Message): void {
    if (message.is === 'item') {
      this.#said = message.arrival.at.sequence;
      this.judge.arrived(message.arrival);
    } else {
      this.#said = message.notice.next;
      this.judge.announced(message.notice);
    }
  }
}

type Deed = (topic: HonestTopic) => void;

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.boolean().map(
      (accept): Deed =>
        (topic) =>
          topic.publish(accept),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Deed>((topic) => topic.publishTwo()) },
  { weight: 1, arbitrary: fc.constant<Deed>((topic) => topic.publishOther()) },
  { weight: 1, arbitrary: fc.constant<Deed>((topic) => topic.refuse()) },
  {
    weight: 6,
    arbitrary: fc.nat(4).map(
      (count): Deed =>
        (topic) =>
          topic.answer(count),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.nat(4).map(
      (count): Deed =>
        (topic) =>
          topic.deliver(count),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat(4).map(
      (count): Deed =>
        (topic) =>
          topic.skip(count),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Deed>((topic) => topic.crash()) },
  { weight: 1, arbitrary: fc.constant<Deed>((topic) => topic.reopen()) },
);
const deeds = fc.array(deed, { maxLength: 60 });

const faultsOf = ({ lost, doubled, disordered, changed }: Tally) => ({
  lost,
  doubled,
  disordered,
  changed,
});
const none = { lost: 0, doubled: 0, disordered: 0, changed: 0 };

describe('the judge of a canary topic', () => {
  it('finds nothing in what is sound: gaps that are announced, refusals, other publishers, new pages', () => {
    fc.assert(
      fc.property(deeds, (history) => {
        const topic = new HonestTopic();
        for (const each of history) each(topic);
        topic.finish();
        expect(faultsOf(topic.judge.tally)).toEqual(none);
        expect(topic.judge.awaited).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['drop', ['lost']],
    ['double', ['doubled']],
    ['swap', ['lost', 'disordered', 'doubled']],
  ] as const)('sees a silent %s, wherever it happens', (crime, faults) => {
    let happened = 0;
    fc.assert(
      fc.property(deeds, deeds, (before, after) => {
        const topic = new HonestTopic();
        for (const each of before) each(topic);
        if (!topic[crime]()) return;
        happened += 1;
        // Before anything was heard, a crash or another stream is an excuse.
        if (topic.judge.position) for (const each of after) each(topic);
        topic.finish();
        const tally = faultsOf(topic.judge.tally);
        expect(faults.some((fault) => tally[fault] > 0)).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(happened).toBeGreaterThan(50);
  });

  it('counts what is missing once, by its sequence, also when the answers come later', () => {
    const judge = new Judge();
    const sent = [0, 1, 2, 3, 4].map(() => judge.sent());
    const arrive = (n: number, sequence: number) =>
      judge.arrived({ at: { page: 1, sequence }, own: { n, intact: true } });
    arrive(0, 1);
    arrive(3, 4);
    for (const n of sent) judge.accepted(n);
    arrive(judge.sent(), 6);
    expect(judge.tally).toMatchObject({ arrived: 3, lost: 3 });
    expect(judge.awaited).toBe(0);
  });

  it('misses the very first items only once a later one has come', () => {
    const judge = new Judge();
    judge.accepted(judge.sent());
    judge.accepted(judge.sent());
    expect(judge.tally.lost).toBe(0);
    judge.arrived({ at: { page: 1, sequence: 3 }, own: { n: judge.sent(), intact: true } });
    expect(judge.tally.lost).toBe(2);
  });

  it('counts what arrived anew after a gap', () => {
    const judge = new Judge();
    judge.arrived({ at: { page: 1, sequence: 1 }, own: { n: judge.sent(), intact: true } });
    expect(judge.tally.arrived).toBe(1);
    judge.announced({ last: 1, next: 7, page: 1 });
    expect(judge.tally.arrived).toBe(0);
    expect(judge.position).toEqual({ page: 1, sequence: 7 });
  });

  it('takes a page that begins without a word, and a notice that skips what came before, for losses', () => {
    const silent = new Judge();
    silent.arrived({ at: { page: 1, sequence: 5 }, own: undefined });
    silent.arrived({ at: { page: 2, sequence: 1 }, own: undefined });
    expect(silent.tally.lost).toBe(1);
    const skipping = new Judge();
    skipping.arrived({ at: { page: 1, sequence: 5 }, own: undefined });
    skipping.announced({ last: 8, next: 9, page: 1 });
    expect(skipping.tally.lost).toBe(3);
  });

  it('sees an item that was numbered twice', () => {
    const judge = new Judge();
    const own = { n: judge.sent(), intact: true };
    judge.arrived({ at: { page: 1, sequence: 1 }, own });
    judge.arrived({ at: { page: 1, sequence: 2 }, own });
    expect(judge.tally).toMatchObject({ arrived: 1, doubled: 1 });
  });

  it('sees an item whose content is not what was sent', () => {
    const judge = new Judge();
    judge.arrived({ at: { page: 1, sequence: 1 }, own: { n: judge.sent(), intact: false } });
    expect(judge.tally).toMatchObject({ arrived: 0, changed: 1 });
  });

  it('does not miss what is on its way when it begins anew, nor count it', () => {
    const judge = new Judge();
    const n = judge.sent();
    judge.accepted(n);
    judge.begin();
    const next = judge.sent();
    judge.arrived({ at: { page: 1, sequence: 1 }, own: { n, intact: true } });
    expect(judge.tally.arrived).toBe(0);
    judge.arrived({ at: { page: 1, sequence: 2 }, own: { n: next, intact: true } });
    expect(faultsOf(judge.tally)).toEqual(none);
    expect(judge.tally.arrived).toBe(1);
  });

  it('keeps a bounded number of items in mind when nothing comes, and still tells when something does', () => {
    const judge = new Judge();
    judge.arrived({ at: { page: 1, sequence: 1 }, own: { n: judge.sent(), intact: true } });
    for (let n = 1; n < 5_000; n += 1) judge.accepted(judge.sent());
    expect(judge.awaited).toBeLessThan(2_000);
    judge.arrived({ at: { page: 1, sequence: 5_001 }, own: { n: judge.sent(), intact: true } });
    expect(judge.tally.lost).toBe(4_999);
  });
});
