import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { link } from '../../proto/index.ts';
import { Placement } from '../../topology/index.ts';
import {
  decodeItem,
  type Fate,
  quietFeed,
  startMove,
  topicBetween,
  topology,
} from '../testing/index.ts';

const { ACCEPTED, MOVED } = link.Outcome;
const { TAKEN } = link.HandoffOutcome;

function payloads(items: readonly { readonly payload: string }[]): string[] {
  return items.map(({ payload }) => payload);
}

describe('a topic that moves under load', () => {
  const fates: [string, (handoff: link.Handoff, times: number) => Fate][] = [
    ['at once', () => 'carry'],
    ['twice', () => 'twice'],
    ['late', ({ topics }) => (topics.length > 0 ? { laterMs: 300 } : 'carry')],
    ['after its repetition', (_, times) => (times === 1 ? { laterMs: 700 } : 'carry')],
    ['at the third try', (_, times) => (times < 3 ? 'lose' : 'carry')],
    ['when its router can reach the heir', (_, times) => (times < 4 ? 'not-yet' : 'carry')],
  ];

  it.each(fates)('keeps page, order and history when it comes %s', (_what, fate) => {
    const { world, router, node, prepare, commit, finalise, done, publish } = startMove();
    const feed = router.interest('t');
    const results: (() => link.PublishResult | undefined)[] = [];
    let sent = 0;
    const load = (ms: number) => {
      for (let turn = 0; turn < ms; turn++) {
        results.push(publish('t', `p${++sent}`));
        world.clock.advance(1);
      }
    };
    load(20);
    const times = new Map<number, number>();
    router.fate = (handoff) => {
      const count = (times.get(handoff.number) ?? 0) + 1;
      times.set(handoff.number, count);
      return fate(handoff, count);
    };
    prepare();
    load(5);
    commit();
    load(50);
    done();
    load(20);
    finalise();
    load(20);
    world.clock.advance(1000);

    // It published without waiting for answers: what was MOVED and sent again may come behind.
    const seen = payloads(feed.seen);
    const expected = results.map((_, index) => `p${index + 1}`);
    expect(seen.toSorted()).toEqual(expected.toSorted());
    expect(feed.seen.map(({ sequence }) => sequence)).toEqual(
      expected.map((_, index) => index + 1),
    );
    for (const [index, result] of results.entries()) {
      expect(feed.seen[(result()?.sequence ?? 0) - 1]?.payload).toBe(expected[index]);
    }
    expect(new Set(feed.seen.map(({ page }) => page)).size).toBe(1);
    const [first, second] = feed.starts;
    expect(feed.starts).toHaveLength(2);
    expect(second?.page).toBe(first?.page);
    expect(results.every((result) => result()?.outcome === ACCEPTED)).toBe(true);
    expect(node('s-0').topics.size).toBe(0);
    const { items } = node('s-1').topics.replay('c', 't', 0, 1, 1e6, world.clock.monotonicMs());
    expect(payloads(items.map(decodeItem))).toEqual(seen);
  });

  it('takes its orphans along, and the ages of its items', () => {
    const { world, router, node, commit, done, published } = startMove();
    published('t', 'old');
    world.clock.advance(60_000);
    const other = world.router().connect('s-0');
    other.interest('t');
    world.clock.advance(1000);
    published('t', 'new');
    other.cut('s-0');
    world.clock.advance(1000);
    commit();
    done();
    const again = router.interest('t', 's-1');
    world.clock.advance(5);
    expect(again.starts).toMatchObject([{ sequence: 3 }]);
    const { topics } = node('s-1');
    const nowMs = world.clock.monotonicMs();
    const attached = topics.attach('c', 't', 0, 0, quietFeed, nowMs);
    expect(attached).toMatchObject({ orphanedAfter: 1 });
    const sequences = (atMs: number) =>
      topics.replay('c', 't', 0, 1, 1e6, atMs).items.map((item) => decodeItem(item).sequence);
    expect(sequences(nowMs)).toEqual([1, 2]);
    expect(sequences(nowMs + 58_500)).toEqual([2]);
    expect(sequences(nowMs + 120_000)).toEqual([]);
  });

  it('is handed over too when it began in the middle of the move', () => {
    const { world, router, node, commit, done, published } = startMove();
    router.fate = (handoff) => (handoff.last ? 'carry' : { laterMs: 5 });
    commit();
    const { page } = published('young');
    done();
    expect(published('young', 'y', 's-1')).toMatchObject({ page, sequence: 2 });
    expect(node('s-0').mover.progress).toMatchObject({ handedOver: 1, left: 0, done: true });
    expect(node('s-1').mover.progress).toMatchObject({ taken: 1, done: true });
    world.clock.advance(1);
  });

  it('goes to each heir, while others stay', () => {
    const all = { from: ['s-0', 's-1'], to: ['s-0', 's-1', 's-2'] };
    const { world, node, commit, done, finalise, published } = startMove(all);
    const names = Array.from({ length: 200 }, (_, index) => `t${index}`);
    const pages = names.map((name) => published(name).page);
    commit();
    done();
    finalise();
    world.clock.advance(50);
    const ring = new Placement(topology({ ring: all.to })).ring;
    for (const [index, name] of names.entries()) {
      const owner = ring.ownerOf('c', name);
      expect(published(name)).toMatchObject({ page: pages[index], sequence: 2 });
      const held = node(owner ?? '').topics.replay('c', name, 0, 1, 1e6, world.clock.monotonicMs());
      expect(held.items).toHaveLength(2);
    }
    const sizes = [...world.nodes.values()].map(({ topics }) => topics.size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(200);
  });
});

describe('a copy of a handoff', () => {
  it('that comes when the heir went on does not take the numbering back', () => {
    const { world, router, commit, done, published } = startMove();
    const { page } = published('t');
    commit();
    done();
    const copy = router.handoffs.find(({ topics }) => topics.length > 0);
    if (!copy) throw new Error('nothing was handed over');
    expect(published('t').sequence).toBe(2);
    router.inject(copy);
    world.clock.advance(5);
    expect(router.answers.at(-1)).toMatchObject({ number: copy.number, outcome: TAKEN });
    expect(published('t')).toMatchObject({ page, sequence: 3 });
  });

  it('of another version brings nothing back, whatever became of the topic', () => {
    const { world, router, node, commit, done, finalise, published } = startMove();
    published('t');
    commit();
    done();
    const copy = router.handoffs.find(({ topics }) => topics.length > 0);
    finalise();
    const before = published('t');
    world.clock.advance(100_000);
    expect(node('s-1').topics.size).toBe(0);
    if (copy) router.inject(copy);
    world.clock.advance(5);
    expect(node('s-1').topics.size).toBe(0);
    const after = published('t');
    expect(after.page).toBeGreaterThan(before.page);
    expect(after.sequence).toBe(1);
  });

  it('finds the topic there, however long it was idle: nobody evicts in COMMIT', () => {
    const { world, node, commit, done, finalise, published } = startMove();
    published('t');
    commit();
    done();
    published('at-heir', 'x', 's-1');
    world.clock.advance(200_000);
    expect(node('s-1').topics.size).toBe(2);
    finalise();
    world.clock.advance(100_000);
    expect(node('s-1').topics.size).toBe(0);
  });

  it('is not taken by another run of the target than the topology names', () => {
    const { world, router, node, commit, published } = startMove();
    published('t');
    world.nodes.delete('s-1');
    router.cut('s-1');
    const first = world.node('s-1', 'run-1');
    void first;
    const map = commit({}, ['s-0']);
    world.node('s-1', 'run-2').offer(map);
    router.connect('s-1');
    world.clock.advance(500);
    expect(node('s-0').mover.progress).toMatchObject({ left: 1, handedOver: 0 });
    expect(published('t')).toMatchObject({ outcome: ACCEPTED, sequence: 2 });
  });
});

describe('a source', () => {
  it('seals nothing before the way is open and the target holds the version', () => {
    const { world, router, node, commit, done, publish, published } = startMove();
    published('t');
    commit({}, ['s-0']);
    world.clock.advance(100);
    expect(node('s-0').topics.size).toBe(1);
    expect(published('t')).toMatchObject({ outcome: ACCEPTED, sequence: 2 });
    if (world.topology) node('s-1').offer(world.topology);
    done();
    const result = publish('t');
    world.clock.advance(10);
    expect(result()).toMatchObject({ outcome: ACCEPTED, sequence: 3 });
    expect(router.answers.length).toBeGreaterThan(3);
  });

  it('says MOVED for what it handed over, and begins nothing there, till the move is over', () => {
    const { world, node, commit, done, published } = startMove();
    published('t');
    commit();
    done();
    const request = (topic: string) => {
      const payload = new Uint8Array(1);
      const publish = { cache: 'c', topic, payload, text: false, publisherId: '' };
      return node('s-0').topics.publish(publish, world.clock.monotonicMs()).outcome;
    };
    expect([request('t'), request('never-seen')]).toEqual([MOVED, MOVED]);
    // A new version with the same owners asks it to begin anew, not to own what it gave away.
    world.push({ ring: ['s-0'], move: { ring: ['s-1'], sources: ['s-0'] }, caches: ['c', 'd'] });
    expect([request('t'), request('never-seen')]).toEqual([MOVED, MOVED]);
    expect(node('s-0').topics.size).toBe(0);
  });

  it('says MOVED for it also after it missed a version in the middle', () => {
    const { world, node, commit, published } = startMove({ to: ['s-1', 's-2'] });
    const topic = topicBetween('s-0', 's-1', ['s-0'], ['s-1', 's-2']);
    published(topic);
    commit();
    world.until(() => node('s-1').topics.size === 1);
    world.push({ ring: ['s-0'], move: { ring: ['s-1'], sources: [] } }, ['s-1']);
    world.push({ ring: ['s-0'], move: { ring: ['s-1'], sources: ['s-0'] } });
    const publish = { cache: 'c', topic, payload: new Uint8Array(1), text: false, publisherId: '' };
    const { outcome } = node('s-0').topics.publish(publish, world.clock.monotonicMs());
    expect(outcome).toBe(MOVED);
  });

  it('counts a topic when its target has said TAKEN, not when it was sent', () => {
    const { world, router, node, commit, done, published } = startMove();
    published('t');
    router.answerFate = ({ number }) => (number > 1 ? { laterMs: 100 } : 'carry');
    commit();
    world.until(() => node('s-1').topics.size === 1);
    expect(node('s-0').mover.progress).toEqual({ left: 1, handedOver: 0, taken: 0, done: false });
    done();
    expect(node('s-0').mover.progress).toEqual({ left: 0, handedOver: 1, taken: 0, done: true });
    expect(node('s-1').mover.progress).toEqual({ left: 0, handedOver: 0, taken: 1, done: true });
  });

  it('goes on through another router when one dies with a handoff', () => {
    const { world, router, node, commit, done, published } = startMove();
    published('t');
    router.fate = ({ topics }) => (topics.length > 0 ? 'lose' : 'carry');
    commit();
    world.until(() => router.handoffs.some(({ topics }) => topics.length > 0));
    world.router().connect('s-0', 's-1');
    world.clock.advance(5);
    const beforeMs = world.clock.monotonicMs();
    router.cut('s-0');
    world.until(() => node('s-1').topics.size === 1);
    expect(world.clock.monotonicMs() - beforeMs).toBeLessThan(10);
    done();
  });
});

describe('any move', () => {
  const fate = fc.oneof(
    { weight: 6, arbitrary: fc.constant<Fate>('carry') },
    { weight: 1, arbitrary: fc.constant<Fate>('twice') },
    { weight: 1, arbitrary: fc.constant<Fate>('lose') },
    { weight: 1, arbitrary: fc.constant<Fate>('not-yet') },
    { weight: 1, arbitrary: fc.record({ laterMs: fc.nat(800) }) },
  );

  it('of planned changes loses nothing, doubles nothing and keeps pages, however handoffs travel', () => {
    const rings = fc.uniqueArray(fc.constantFrom('s-0', 's-1', 's-2'), { minLength: 1 });
    fc.assert(
      fc.property(
        rings,
        rings,
        fc.array(fate, { minLength: 1, maxLength: 40 }),
        (from, to, fates) => {
          const few = { handoffTopicsMax: 3, handoffsInFlightMax: 2 };
          const { world, router, commit, finalise, done, publish } = startMove({
            from,
            to,
            bounds: few,
          });
          const second = world.router().connect(...world.nodes.keys());
          const [there, back] = [fates.slice(), fates.slice().toReversed()];
          for (const one of [router, second]) {
            one.fate = () => there.shift() ?? 'carry';
            one.answerFate = () => (back.shift() === 'lose' ? 'lose' : 'carry');
          }
          const names = Array.from({ length: 12 }, (_, number) => `t${number}`);
          const feeds = names.map((name) => router.interest(name));
          world.clock.advance(5);
          const results: (() => link.PublishResult | undefined)[] = [];
          const load = (turns: number) => {
            for (let turn = 0; turn < turns; turn++) {
              for (const name of names) results.push(publish(name, `${results.length}`));
              world.clock.advance(3);
            }
          };
          load(3);
          commit();
          load(5);
          done();
          load(2);
          finalise();
          world.clock.advance(2000);
          load(2);
          world.clock.advance(2000);
          expect(results.every((result) => result()?.outcome === ACCEPTED)).toBe(true);
          for (const feed of feeds) {
            expect(feed.seen.map(({ sequence }) => sequence)).toEqual(
              Array.from({ length: 12 }, (_, number) => number + 1),
            );
            expect(new Set(feed.seen.map(({ page }) => page)).size).toBe(1);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
