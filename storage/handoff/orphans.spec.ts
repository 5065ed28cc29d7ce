import { describe, expect, it } from 'vitest';
import { quietFeed, startMove } from '../testing/index.ts';

/** Where a subscription that names no position goes on at a node; undefined: from now on. */
function orphanedAfter(
  { world, node }: ReturnType<typeof startMove>,
  topic = 't',
  on = 's-1',
): number | undefined {
  const nowMs = world.clock.monotonicMs();
  const attached = node(on).topics.attach('c', topic, 0, 0, quietFeed, nowMs);
  if (typeof attached === 'string') throw new Error(attached);
  node(on).topics.detach(attached.topic, quietFeed, nowMs);
  return attached.orphanedAfter;
}

/** `t` with one item, and a second router that has received nothing since. */
function start(...linked: readonly string[]) {
  const move = startMove();
  move.published('t', 'one');
  const going = move.world.router('r-going').connect(...linked);
  move.world.clock.advance(5);
  going.interest('t');
  move.world.clock.advance(1000);
  return { ...move, going };
}

describe('clients of a router that goes while its topic moves', () => {
  it('go on where it was, when it died before the topic was sealed and nobody knew', () => {
    const all = start('s-0');
    const { prepare, commit, done, published, going, world } = all;
    going.mute();
    world.clock.advance(300);
    published('t', 'two');
    prepare();
    commit();
    done();
    published('t', 'three', 's-1');
    going.cut('s-0');
    world.clock.advance(5);
    expect(orphanedAfter(all)).toBe(1);
  });

  it('go on where it was, when the heir finds out later that it is gone; its other routers are told', () => {
    const all = start('s-0', 's-1');
    const { prepare, commit, done, published, going, router, world, node } = all;
    const staying = router.interest('t');
    world.clock.advance(5);
    going.mute();
    prepare();
    commit();
    done();
    published('t', 'two', 's-1');
    expect(staying.orphanedAfter).toEqual([]);
    expect(orphanedAfter(all)).toBeUndefined();
    going.cut('s-1');
    world.clock.advance(5);
    expect(orphanedAfter(all)).toBe(1);
    expect(staying.orphanedAfter).toEqual([1]);
    node('s-1').topics.sweep(world.clock.monotonicMs() + 5000);
    expect(node('s-1').topics.marked).toBe(0);
  });

  it('are not expected when it goes on at the heir, nor is anybody else', () => {
    const all = start('s-0', 's-1');
    const { prepare, commit, done, world, node } = all;
    prepare();
    commit();
    done();
    world.clock.advance(5);
    expect(orphanedAfter(all)).toBeUndefined();
    expect(node('s-1').topics.marked).toBe(0);
  });

  it('go on where it was, when its interest waits at the heir as it goes, whatever comes in between', () => {
    const all = start('s-0', 's-1');
    const { prepare, commit, done, published, going, router, node, world } = all;
    router.fate = () => 'lose';
    going.fate = () => 'lose';
    prepare();
    commit();
    world.clock.advance(50);
    // A topic that nobody has yet.
    going.interest('new', 's-1');
    world.clock.advance(5);
    expect(node('s-1').mover.waiting).toBe(1);
    going.cut('s-0');
    going.cut('s-1');
    expect(node('s-1').mover.waiting).toBe(0);
    // Another version of the move: everything that waits is tried again.
    commit();
    router.fate = () => 'carry';
    done();
    published('new', 'one', 's-1');
    expect(orphanedAfter(all, 'new')).toBe(0);
  });
});
