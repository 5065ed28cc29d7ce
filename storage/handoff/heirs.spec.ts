import { describe, expect, it } from 'vitest';
import { link } from '../../proto/index.ts';
import { startMove, topicBetween } from '../testing/index.ts';

const { ACCEPTED, MOVED, EXHAUSTED } = link.Outcome;

function payloads(items: readonly { readonly payload: string }[]): string[] {
  return items.map(({ payload }) => payload);
}

describe('an heir', () => {
  it('lets publishes and interest wait in order until the topic is there', () => {
    const { world, router, commit, publish, published } = startMove();
    const { page } = published('t', 'p1');
    router.fate = ({ topics, last }) => {
      if (topics.length > 0) return { laterMs: 200 };
      return last ? 'lose' : 'carry';
    };
    commit();
    world.until(() => router.handoffs.some(({ topics }) => topics.length > 0));
    const feed = router.interest('t', 's-1');
    const results = ['p2', 'p3', 'p4'].map((payload) => publish('t', payload, 's-1'));
    world.clock.advance(100);
    expect(results.map((result) => result())).toEqual([undefined, undefined, undefined]);
    world.clock.advance(200);
    expect(results.map((result) => result()?.sequence)).toEqual([2, 3, 4]);
    expect(results.every((result) => result()?.page === page)).toBe(true);
    expect(payloads(feed.seen)).toEqual(['p2', 'p3', 'p4']);
  });

  it('begins a topic that nobody had when its source has said last', () => {
    const { world, router, node, commit, publish } = startMove();
    router.fate = ({ last }) => (last ? { laterMs: 200 } : 'carry');
    commit();
    world.until(() => router.handoffs.some(({ last }) => last));
    const result = publish('new', 'x', 's-1');
    world.clock.advance(100);
    expect(result()).toBeUndefined();
    expect(node('s-1').mover.waiting).toBe(1);
    world.clock.advance(150);
    expect(result()).toMatchObject({ outcome: ACCEPTED, sequence: 1 });
  });

  it('answers replays of a topic that is still to come with MOVED', () => {
    const { world, node, commit } = startMove();
    commit({}, ['s-1']);
    const replayed = node('s-1').topics.replay('c', 't', 0, 1, 1e6, world.clock.monotonicMs());
    expect(replayed.outcome).toBe(MOVED);
    expect(node('s-1').topics.size).toBe(0);
  });

  it('goes on when a version says that the source is lost, on a new page', () => {
    const { world, router, node, commit, publish, published } = startMove();
    const { page } = published('t');
    router.fate = ({ topics }) => (topics.length > 0 ? 'lose' : 'carry');
    commit();
    world.until(() => router.handoffs.some(({ topics }) => topics.length > 0));
    const feed = router.interest('t', 's-1');
    const result = publish('t', 'x', 's-1');
    world.clock.advance(20);
    expect(result()).toBeUndefined();
    const lost = router.handoffs.find(({ topics }) => topics.length > 0);
    world.push({ ring: ['s-0'], move: { ring: ['s-1'], sources: [] } });
    world.clock.advance(5);
    expect(result()).toMatchObject({ outcome: ACCEPTED, sequence: 1 });
    expect(result()?.page).toBeGreaterThan(page);
    expect(feed.starts).toHaveLength(1);
    if (lost) router.inject(lost);
    world.clock.advance(5);
    expect(published('t', 'y', 's-1').sequence).toBe(2);
    // The source that was given up owns nothing any more, also if it lives.
    expect(node('s-0').topics.size).toBe(0);
  });

  it('says MOVED to those who wait when a version makes somebody else the heir', () => {
    const { world, node, commit, publish } = startMove({ to: ['s-1', 's-2'] });
    const topic = topicBetween('s-0', 's-1', ['s-0'], ['s-1', 's-2']);
    commit({}, ['s-1', 's-2']);
    const waiting = publish(topic, 'x', 's-1');
    world.clock.advance(5);
    expect(node('s-1').mover.waiting).toBe(1);
    world.push({ ring: ['s-0'], move: { ring: ['s-2'], sources: ['s-0'] } });
    world.until(() => waiting() !== undefined);
    expect(waiting()).toMatchObject({ outcome: ACCEPTED });
    expect(node('s-1').mover.waiting).toBe(0);
  });

  it('refuses what it has no room to let wait, and tells routers when there is', () => {
    const { world, router, node, commit, publish } = startMove({ joining: { waitingMax: 2 } });
    commit({}, ['s-1']);
    const results = ['a', 'b', 'c'].map((payload) => publish('t', payload, 's-1'));
    const feed = router.interest('t', 's-1');
    world.clock.advance(5);
    expect(results.map((result) => result()?.outcome)).toEqual([undefined, undefined, EXHAUSTED]);
    expect(feed.starts).toEqual([]);
    expect(node('s-1').mover.waiting).toBe(2);
    // The version said again: routers try again what was refused.
    const said = router.versions.length;
    if (world.topology) node('s-0').offer(world.topology);
    world.until(() => node('s-1').mover.waiting === 0);
    world.clock.advance(5);
    expect(router.versions.length).toBe(said + 2);
  });

  it('drops what waits for a link that ends, and what is withdrawn', () => {
    const { world, router, node, commit, publish } = startMove();
    commit({}, ['s-1']);
    publish('t', 'x', 's-1');
    router.interest('t', 's-1');
    world.clock.advance(5);
    expect(node('s-1').mover.waiting).toBe(2);
    router.cut('s-1');
    expect(node('s-1').mover.waiting).toBe(0);
  });

  it('without room answers at once those who waited for a topic that it refused', () => {
    const { world, router, node, commit, publish, published } = startMove({
      joining: { topicsMax: 1 },
      bounds: { handoffTopicsMax: 1, handoffsInFlightMax: 1 },
    });
    for (const topic of ['a', 'b', 'c']) published(topic);
    // `last` doesn't come.
    router.fate = ({ last }) => (last ? 'lose' : 'carry');
    commit();
    const results = ['a', 'b', 'c'].map((topic) => publish(topic, 'x', 's-1'));
    world.until(() => node('s-1').mover.counts.left === 2);
    world.clock.advance(5);
    const outcomes = results.map((result) => result()?.outcome);
    expect(outcomes.filter((outcome) => outcome === link.Outcome.ACCEPTED)).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === EXHAUSTED)).toHaveLength(2);
    expect(node('s-1').mover).toMatchObject({ waiting: 0, progress: { done: true } });
    // One that nobody has still waits.
    const late = publish('d', 'x', 's-1');
    world.clock.advance(100);
    expect(late()).toBeUndefined();
  });

  it('without room takes no state, says TAKEN, and begins on a larger page than the source had', () => {
    const { world, node, commit, done, finalise, published } = startMove({
      joining: { topicsMax: 1 },
    });
    published('a');
    published('b');
    commit();
    // Its page is that of the epoch in which the heir may begin it.
    const { page } = published('young');
    done();
    expect(node('s-1').mover.counts).toMatchObject({ taken: 1, left: 2 });
    expect(node('s-1').topics.size).toBe(1);
    finalise();
    world.clock.advance(100_000);
    expect(published('young').page).toBeGreaterThan(page);
  });
});

describe('a target that is lost in the middle', () => {
  const to = ['s-0', 's-1', 's-2'];
  const topic = topicBetween('s-0', 's-1', ['s-0'], to);
  const other = topicBetween('s-0', 's-1', ['s-0'], to, [topic]);

  /** `topic` is sealed for `s-1` and on its way, `other` isn't sealed yet. */
  function halfWay() {
    const test = startMove({ to, bounds: { handoffTopicsMax: 1, handoffsInFlightMax: 1 } });
    const pages = [other, topic].map((name) => test.published(name).page);
    test.router.fate = (handoff) => (handoff.topics.length > 0 ? 'lose' : 'carry');
    test.commit();
    test.world.until(() => test.router.handoffs.some(({ topics }) => topics.length > 0));
    const [sealed] = test.router.handoffs.flatMap(({ topics }) => topics);
    expect(sealed?.topic).toBe(topic);
    test.router.fate = () => 'carry';
    return { ...test, page: pages[1] ?? 0, otherPage: pages[0] ?? 0 };
  }

  it('loses what was sealed for it, which begins a new page at the source; the rest stays', () => {
    const { world, node, done, published, page, otherPage } = halfWay();
    world.nodes.delete('s-1');
    world.push({ ring: ['s-0'], move: { ring: ['s-0', 's-2'], sources: ['s-0'] } });
    done();
    const again = published(topic, 'x', 's-0');
    expect(again.sequence).toBe(1);
    expect(again.page).toBeGreaterThan(page);
    expect(published(other, 'x', 's-0')).toMatchObject({ page: otherPage, sequence: 2 });
    expect(node('s-0').mover.lost).toBe(1);
  });

  it('when it comes back as another run, begins them anew there; the rest comes along', () => {
    const { world, router, node, done, published, page, otherPage } = halfWay();
    router.cut('s-1');
    world.node('s-1', 'run-2');
    router.connect('s-1');
    world.clock.advance(5);
    world.push({ ring: ['s-0'], move: { ring: to, sources: ['s-0'] } });
    done();
    const again = published(topic, 'x', 's-1');
    expect(again.sequence).toBe(1);
    expect(again.page).toBeGreaterThan(page);
    expect(published(other, 'x', 's-1')).toMatchObject({ page: otherPage, sequence: 2 });
    expect(node('s-0').mover).toMatchObject({ lost: 1, left: 0 });
  });

  it('but lives on in the next version, gets what is on its way', () => {
    const { world, node, done, published, page } = halfWay();
    world.nodes.delete('s-2');
    world.push({ ring: ['s-0'], move: { ring: ['s-0', 's-1'], sources: ['s-0'] } });
    done();
    expect(published(topic, 'x', 's-1')).toMatchObject({ page, sequence: 2 });
    expect(node('s-0').mover.lost).toBe(0);
  });

  it('and missed a version, takes nothing back that it may have lost', () => {
    const { world, router, node, commit, done, published } = startMove({ to: ['s-1', 's-2'] });
    const name = topicBetween('s-0', 's-1', ['s-0'], ['s-1', 's-2']);
    const { page } = published(name);
    router.answerFate = ({ number }) => (number > 2 ? 'lose' : 'carry');
    commit();
    world.until(() => node('s-1').topics.size === 1);
    // It has gone on with the numbering, and its answer never came back.
    expect(published(name, 'x', 's-1')).toMatchObject({ page, sequence: 2 });
    world.nodes.delete('s-2');
    const rest = { ring: ['s-1'], sources: ['s-0'] };
    world.push({ ring: ['s-0'], move: { ...rest, sources: [] } }, []);
    router.answerFate = () => 'carry';
    world.push({ ring: ['s-0'], move: rest });
    done();
    const again = published(name, 'x', 's-1');
    expect(again.sequence).toBe(1);
    expect(again.page).toBeGreaterThan(page);
  });
});
