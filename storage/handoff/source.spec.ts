import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { link, type topo } from '../../proto/index.ts';
import { bounds } from '../testing/index.ts';
import type { Carrier } from './carriers.ts';
import { HandoffSource, type Seals, type Send, type SourceOrder } from './source.ts';

const { TAKEN, NOT_YET } = link.HandoffOutcome;
const rules = bounds({ handoffTopicsMax: 2, handoffsInFlightMax: 2 });

/** Topics by heir; what is sealed is gone. */
class TestTopics implements Seals {
  readonly queues = new Map<string, string[]>();
  readonly sealed: string[] = [];
  readonly closed = new Set<string>();

  get left(): number {
    return [...this.queues.values()].reduce((sum, queue) => sum + queue.length, 0);
  }

  leftFor(to: string): number {
    return this.queues.get(to)?.length ?? 0;
  }

  handOver(to: string, { handoffTopicsMax }: { readonly handoffTopicsMax: number }) {
    const topics = this.queues.get(to)?.splice(0, handoffTopicsMax) ?? [];
    this.sealed.push(...topics);
    return topics.map(stateOf);
  }

  close(to: string): void {
    this.closed.add(to);
  }
}

function stateOf(topic: string): link.TopicState {
  const items = topic.endsWith('large') ? [new Uint8Array(8 * 1024 * 1024)] : [];
  return { cache: 'c', topic, page: 1, head: items.length, items, agesMs: [], orphans: [] };
}

/** Gives every topic to the target it is named after: `a1` to `a`. */
function order(epoch: number, targets: Record<string, string>): SourceOrder {
  return {
    version: { term: 1, epoch },
    targets: new Map(Object.entries(targets)),
    heirOf: (_cache, topic) =>
      targets[topic.charAt(0)] === undefined ? undefined : topic.charAt(0),
  };
}

class TestCarrier implements Carrier {
  busy = false;
  carry(): void {}
}

function start(topics: readonly string[], carriers = 1) {
  const seals = new TestTopics();
  for (const topic of topics) {
    const to = topic.charAt(0);
    seals.queues.set(to, [...(seals.queues.get(to) ?? []), topic]);
  }
  const source = new HandoffSource('s', rules, seals);
  const links = Array.from({ length: carriers }, () => new TestCarrier());
  for (const one of links) source.linkOpened(one);
  const sends = (nowMs = 0) => {
    const list: Send[] = [];
    for (let send = source.next(nowMs); send; send = source.next(nowMs)) list.push(send);
    return list;
  };
  const answer = ({ handoff, carrier }: Send, outcome: link.HandoffOutcome = TAKEN, nowMs = 0) => {
    const { from, to, version, number } = handoff;
    return source.answered({ from, to, version, number, outcome }, carrier, nowMs);
  };
  return { seals, source, links, sends, answer };
}

function what({ handoff }: Send): string {
  const names = handoff.topics.map(({ topic }) => topic).join('+');
  return `${handoff.to}: ${handoff.last ? 'last' : names || 'ask'}`;
}

describe('a source', () => {
  it('asks, hands over in bounded batches, says last, and is done', () => {
    const { source, seals, sends, answer } = start(['a1', 'a2', 'a3', 'a4', 'a5', 'a6']);
    source.follow(order(1, { a: 'x' }), 0);
    source.scanned();
    const [ask] = sends();
    expect(ask && what(ask)).toBe('a: ask');
    expect(seals.sealed).toEqual([]);
    if (ask) answer(ask);
    const batches = sends();
    expect(batches.map(what)).toEqual(['a: a1+a2', 'a: a3+a4']);
    expect(source).toMatchObject({ left: 6, handedOver: 0, done: false });
    for (const batch of batches) expect(answer(batch, TAKEN, 7)).toEqual({ topics: 2, pauseMs: 7 });
    expect(source).toMatchObject({ left: 2, handedOver: 4 });
    const [rest] = sends();
    if (rest) answer(rest);
    const [last] = sends();
    expect(last && what(last)).toBe('a: last');
    expect(source.done).toBe(false);
    if (last) answer(last);
    expect(source).toMatchObject({ left: 0, handedOver: 6, done: true });
    expect(sends(10_000)).toEqual([]);
  });

  it('says last to a target that gets nothing, too', () => {
    const { source, sends, answer } = start([]);
    source.follow(order(1, { a: 'x', b: 'y' }), 0);
    source.scanned();
    for (const ask of sends()) answer(ask);
    const lasts = sends();
    expect(lasts.map(what)).toEqual(['a: last', 'b: last']);
    for (const last of lasts) answer(last);
    expect(source.done).toBe(true);
  });

  it('seals nothing before every topic was looked at, and does not say last before all are TAKEN', () => {
    const { source, seals, sends, answer } = start(['a1']);
    source.follow(order(1, { a: 'x' }), 0);
    for (const ask of sends()) answer(ask);
    expect(sends()).toEqual([]);
    expect(seals.sealed).toEqual([]);
    source.scanned();
    const [batch] = sends();
    expect(batch && what(batch)).toBe('a: a1');
    // What comes now goes to the heir, who waits for `last`.
    expect(seals.closed).toEqual(new Set(['a']));
    if (batch) answer(batch);
    expect(sends().map(what)).toEqual(['a: last']);
  });

  it('does nothing without a link, or with one that is busy', () => {
    const { source, links, sends } = start(['a1']);
    for (const one of links) one.busy = true;
    source.follow(order(1, { a: 'x' }), 0);
    expect(sends()).toEqual([]);
    for (const one of links) {
      one.busy = false;
      source.linkClosed(one);
    }
    expect(sends()).toEqual([]);
    source.linkOpened(new TestCarrier());
    expect(sends().map(what)).toEqual(['a: ask']);
  });

  it.each([
    ['after the timeout', 500, undefined],
    ['20 ms after NOT_YET', 20, NOT_YET],
  ])('sends again %s, through another link', (_what, afterMs, outcome) => {
    const { source, sends, answer } = start([], 2);
    source.follow(order(1, { a: 'x' }), 0);
    const [first] = sends(0);
    if (first && outcome !== undefined) answer(first, outcome, 0);
    expect(sends(afterMs - 1)).toEqual([]);
    const [again] = sends(afterMs);
    expect(again?.handoff).toBe(first?.handoff);
    expect(again?.carrier).not.toBe(first?.carrier);
  });

  it('waits longer for the answer to a large one', () => {
    const { source, sends, answer } = start(['a-large'], 2);
    source.follow(order(1, { a: 'x' }), 0);
    source.scanned();
    const [asked] = sends(0);
    if (asked) answer(asked, TAKEN, 0);
    expect(sends(0)).toHaveLength(1);
    expect(sends(2499)).toHaveLength(0);
    expect(sends(2501)).toHaveLength(1);
  });

  it('sends again at once what a link carried that is gone', () => {
    const { source, sends } = start([], 2);
    source.follow(order(1, { a: 'x' }), 0);
    const [first] = sends();
    if (first) source.linkClosed(first.carrier);
    const [again] = sends();
    expect(again?.handoff).toBe(first?.handoff);
    expect(again?.carrier).not.toBe(first?.carrier);
  });

  it.each([
    ['of another version', { version: { term: 1, epoch: 2 } }],
    ['of another number', { number: 99 }],
    ['of another target', { to: 'b' }],
    ['to another source', { from: 'z' }],
    ['twice', {}],
  ])('counts no answer %s', (_what, change) => {
    const { source, sends, answer } = start(['a1', 'a2']);
    source.follow(order(1, { a: 'x' }), 0);
    source.scanned();
    for (const ask of sends()) answer(ask);
    const [batch] = sends();
    if (!batch) throw new Error('no batch');
    const { from, to, version, number } = batch.handoff;
    if (Object.keys(change).length === 0) answer(batch);
    const before = source.handedOver;
    const result = { from, to, version, number, outcome: TAKEN, ...change };
    expect(source.answered(result, batch.carrier, 0)).toBeUndefined();
    expect(source.handedOver).toBe(before);
  });
});

describe('a new version in the middle of a move', () => {
  function underWay() {
    const test = start(['a1', 'a2', 'b1', 'b2']);
    test.source.follow(order(1, { a: 'x', b: 'y' }), 0);
    test.source.scanned();
    for (const ask of test.sends()) test.answer(ask);
    expect(test.sends().map(what)).toEqual(['a: a1+a2', 'b: b1+b2']);
    return test;
  }

  it('sends what is on its way again, in that version, if the heir is the same process', () => {
    const { source, sends } = underWay();
    source.follow(order(2, { a: 'x', b: 'y' }), 9);
    const batches = sends(9).filter(({ handoff }) => handoff.topics.length > 0);
    expect(batches.map(what)).toEqual(['a: a1+a2', 'b: b1+b2']);
    expect(batches.map(({ handoff }) => handoff.version?.epoch)).toEqual([2, 2]);
    expect(source).toMatchObject({ left: 4, lost: 0 });
  });

  it.each([
    ['is gone', { a: 'x' }],
    ['was restarted', { a: 'x', b: 'z' }],
  ])('gives up what was sealed for a process that %s', (_what, targets: Record<string, string>) => {
    const { source, sends } = underWay();
    source.follow(order(2, targets), 9);
    const batches = sends(9).filter(({ handoff }) => handoff.topics.length > 0);
    expect(batches.map(what)).toEqual(['a: a1+a2']);
    expect(source).toMatchObject({ left: 2, lost: 2 });
  });

  it('gives up what has another heir now, though both live: the first may have gone on with it', () => {
    const { source, sends } = underWay();
    const next = order(2, { a: 'x', b: 'y' });
    const heirOf = (cache: string, topic: string) =>
      topic === 'b1' ? 'a' : next.heirOf(cache, topic);
    source.follow({ ...next, heirOf }, 9);
    const batches = sends(9).filter(({ handoff }) => handoff.topics.length > 0);
    expect(batches.map(what)).toEqual(['a: a1+a2', 'b: b2']);
    expect(source).toMatchObject({ left: 3, lost: 1 });
  });

  it('begins anew with every target, and says last again', () => {
    const { source, sends, answer } = start([]);
    source.follow(order(1, { a: 'x' }), 0);
    source.scanned();
    for (const ask of sends()) answer(ask);
    for (const last of sends()) answer(last);
    expect(source.done).toBe(true);
    source.follow(order(2, { a: 'x' }), 0);
    expect(source.done).toBe(false);
    source.scanned();
    for (const ask of sends()) answer(ask);
    expect(sends().map(what)).toEqual(['a: last']);
  });

  it('without an order, it is done and counts from 0 in the next move', () => {
    const { source, answer, sends } = underWay();
    for (const batch of sends(500)) answer(batch);
    expect(source.handedOver).toBe(4);
    source.follow(undefined, 0);
    expect(source).toMatchObject({ active: false, done: true, left: 0, handedOver: 0 });
    expect(sends(10_000)).toEqual([]);
  });
});

/** A target without cleverness: keeps what it is sent in its version; knows who has said last. */
class DumbTarget {
  incarnation: string;
  version: topo.Version;
  readonly has = new Set<string>();
  last = false;

  constructor(incarnation: string, version: topo.Version) {
    this.incarnation = incarnation;
    this.version = version;
  }

  take({ version, topics, last }: link.Handoff): boolean {
    if (version?.epoch !== this.version.epoch) return false;
    for (const { topic } of topics) {
      // After `last` nothing may come that it doesn't have: it may have begun the topic anew.
      if (this.last) expect(this.has).toContain(topic);
      this.has.add(topic);
    }
    if (last) this.last = true;
    return true;
  }
}

describe('whatever happens on the way', () => {
  const event = fc.oneof(
    { weight: 8, arbitrary: fc.record({ is: fc.constant('deliver' as const), which: fc.nat(20) }) },
    { weight: 3, arbitrary: fc.record({ is: fc.constant('copy' as const), which: fc.nat(20) }) },
    { weight: 2, arbitrary: fc.record({ is: fc.constant('lose' as const), which: fc.nat(20) }) },
    { weight: 2, arbitrary: fc.record({ is: fc.constant('refuse' as const), which: fc.nat(20) }) },
    { weight: 3, arbitrary: fc.record({ is: fc.constant('wait' as const), which: fc.nat(600) }) },
    { weight: 1, arbitrary: fc.record({ is: fc.constant('cut' as const), which: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ is: fc.constant('restart' as const), which: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ is: fc.constant('version' as const), which: fc.nat() }) },
  );

  it('every topic is sealed once, is at its heir or lost with it, and last comes last', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 }),
        fc.array(event, { maxLength: 120 }),
        (heirs, events) => {
          const topics = heirs.map((heir, index) => `${heir}${index}`);
          const { source, seals, links } = start(topics, 3);
          let epoch = 1;
          let nowMs = 0;
          const run = new Map([
            ['a', 0],
            ['b', 0],
            ['c', 0],
          ]);
          const targets = new Map<string, DumbTarget>();
          const follow = () => {
            const version = { term: 1, epoch };
            for (const [name, number] of run) {
              const held = targets.get(name);
              const incarnation = `run-${number}`;
              if (held?.incarnation !== incarnation) {
                targets.set(name, new DumbTarget(incarnation, version));
              } else {
                held.version = version;
                held.last = false;
              }
            }
            const names = [...run].map(([name, number]) => [name, `run-${number}`]);
            source.follow(order(epoch, Object.fromEntries(names)), nowMs);
            source.scanned();
          };
          follow();
          let air: Send[] = [];
          const pump = () => {
            for (let send = source.next(nowMs); send; send = source.next(nowMs)) air.push(send);
          };
          const deliver = ({ handoff, carrier }: Send) => {
            const taken = targets.get(handoff.to)?.take(handoff) === true;
            const { from, to, version, number } = handoff;
            const outcome = taken ? TAKEN : NOT_YET;
            source.answered({ from, to, version, number, outcome }, carrier, nowMs);
          };
          for (const { is, which } of events) {
            pump();
            const send = air[which % Math.max(1, air.length)];
            if (is === 'wait') nowMs += which;
            else if (is === 'version') {
              epoch += 1;
              follow();
            } else if (is === 'restart') {
              const name = 'abc'.charAt(which);
              run.set(name, (run.get(name) ?? 0) + 1);
              epoch += 1;
              follow();
            } else if (is === 'cut') {
              const one = links[which];
              if (one) {
                source.linkClosed(one);
                source.linkOpened(one);
              }
            } else if (send && is === 'copy') deliver(send);
            else if (send) {
              air = air.filter((other) => other !== send);
              if (is === 'deliver') deliver(send);
              if (is === 'refuse') {
                const { from, to, version, number } = send.handoff;
                const result = { from, to, version, number, outcome: NOT_YET };
                source.answered(result, send.carrier, nowMs);
              }
            }
          }
          for (let turn = 0; !source.done && turn < 1000; turn++) {
            nowMs += 500;
            pump();
            for (const send of air.splice(0)) deliver(send);
          }
          expect(source).toMatchObject({ done: true, left: 0 });
          expect(seals.sealed.toSorted()).toEqual(topics.toSorted());
          for (const target of targets.values()) expect(target.last).toBe(true);
          const there = [...targets.values()].reduce((sum, { has }) => sum + has.size, 0);
          const restarts = [...run.values()].some((number) => number > 0);
          if (!restarts) expect(there).toBe(topics.length);
          expect(source.handedOver + source.lost).toBe(topics.length);
        },
      ),
      { numRuns: 400 },
    );
  });
});
