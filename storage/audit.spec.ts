import { describe, expect, it } from 'vitest';
import { Ring } from '../topology/index.ts';
import { startMove, World } from './testing/index.ts';
import { auditTopicsMax } from './topics/index.ts';

const both = ['s-0', 's-1'];
const ring = Ring.of(both);
const ringOwner = (topic: string) => ring.ownerOf('c', topic);

/** `s-0` alone with more topics than one look goes through. */
function start() {
  const world = new World();
  for (const name of both) world.node(name);
  world.push({ ring: ['s-0'] });
  const router = world.router().connect(...both);
  const topics = Array.from({ length: 3 * auditTopicsMax }, (_, n) => `t-${n}`);
  const requests = topics.map((topic) => router.publish(topic, 'x', 's-0'));
  world.clock.advance(5);
  const publish = (topic: string) => {
    const request = router.publish(topic, 'x', 's-0');
    world.clock.advance(5);
    return router.results.get(request);
  };
  const node = world.nodes.get('s-0');
  if (!node) throw new Error('no s-0');
  const first = router.results.get(requests[0] ?? 0);
  return { world, node, topics, publish, page: first?.page ?? 0 };
}

describe('topologies that follow each other faster than topics are looked through', () => {
  it('hold nobody up for longer than one look', () => {
    const { world, node, topics } = start();
    world.push({ ring: ['s-1'] });
    world.push({ ring: ['s-1'], caches: ['c', 'd'] });
    expect(node.topics.size).toBeGreaterThanOrEqual(topics.length - 2 * auditTopicsMax);
    world.clock.advance(5);
    expect(node.topics.size).toBe(0);
  });

  it('drop what was anybody else in between, and keep the rest with its page', () => {
    const { world, node, topics, publish, page } = start();
    world.push({ ring: both });
    world.push({ ring: ['s-0'] });
    world.push({ ring: both });
    world.push({ ring: ['s-0'] });
    world.clock.advance(20);
    const away = topics.filter((name) => ringOwner(name) === 's-1');
    expect(away.length).toBeGreaterThan(auditTopicsMax);
    expect(node.topics.size).toBe(topics.length - away.length);
    for (const name of topics.slice(0, 300)) {
      const { page: now = 0, sequence } = publish(name) ?? {};
      expect([now > page, sequence]).toEqual(away.includes(name) ? [true, 1] : [false, 2]);
    }
  });

  it('are as many as they may be', () => {
    const { world, node, topics } = start();
    const away = topics.filter((name) => ringOwner(name) === 's-1').length;
    for (let turn = 0; turn < 20; turn++) world.push({ ring: turn % 2 === 0 ? both : ['s-0'] });
    world.clock.advance(20);
    expect(node.topics.size).toBe(topics.length - away);
  });
});

describe('topics that a move gives up before they are handed over', () => {
  it('are counted as lost', () => {
    const { world, router, node, published, prepare, commit } = startMove();
    for (let n = 0; n < 20; n++) published(`t-${n}`);
    prepare();
    router.fate = () => 'lose';
    commit();
    world.clock.advance(1000);
    expect(node('s-0').mover).toMatchObject({ left: 20, lost: 0 });
    commit({ sources: [] });
    world.clock.advance(5);
    expect(node('s-0').topics.size).toBe(0);
    expect(node('s-0').mover).toMatchObject({ left: 0, lost: 20 });
  });

  it('are not, when they were', () => {
    const { node, published, prepare, commit, done, finalise, world } = startMove();
    published('t');
    prepare();
    commit();
    done();
    finalise();
    world.clock.advance(5);
    expect(node('s-0').mover).toMatchObject({ left: 0, lost: 0 });
  });
});
