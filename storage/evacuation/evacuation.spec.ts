import { describe, expect, it } from 'vitest';
import { StorageControl } from '../control.ts';
import { World } from '../testing/index.ts';

/** Lets promises run that a step of the clock resolved. */
async function advance(world: World, ms: number): Promise<void> {
  for (let step = 0; step < ms; step += 50) {
    world.clock.advance(50);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
}

function start(...names: string[]) {
  const world = new World();
  for (const name of names) world.node(name);
  world.push({ ring: names });
  const router = world.router().connect(...names);
  world.clock.advance(5);
  const node = world.nodes.get('s-0');
  if (!node) throw new Error('no s-0');
  const end = () => {
    const seen = { ended: false };
    void node.evacuated().then(() => {
      seen.ended = true;
    });
    return seen;
  };
  return { world, router, node, end };
}

describe('a storage node that is told to end', () => {
  it('serves on until its topics are elsewhere, and ends then', async () => {
    const { world, router, node, end } = start('s-0', 's-1');
    const seen = end();
    expect(node.stopping).toBe(true);
    await advance(world, 5000);
    const ring = ['s-0', 's-1'];
    world.push({ ring, move: { ring: ['s-1'], sources: ring } });
    const request = router.publish('t', 'x');
    await advance(world, 1000);
    expect(router.results.get(request)?.sequence).toBe(1);
    expect(node.mover.progress?.done).toBe(true);
    expect(seen.ended).toBe(false);
    world.push({ ring: ['s-1'] });
    await advance(world, 1000);
    expect(seen.ended, 'the router still has a link').toBe(false);
    router.cut('s-0');
    await advance(world, 100);
    expect(seen.ended).toBe(true);
  });

  it('waits for a router to come back while an operator asks, and for an operator while it has one', async () => {
    const { world, router, node, end } = start('s-0', 's-1');
    const operator = new StorageControl(node);
    const seen = end();
    await advance(world, 10_000);
    router.cut('s-0');
    for (let ms = 0; ms < 20_000; ms += 2000) {
      operator.getState();
      await advance(world, 2000);
    }
    expect(seen.ended).toBe(false);
    await advance(world, 12_900);
    expect(seen.ended).toBe(false);
    await advance(world, 200);
    expect(seen.ended, 'the last link is gone for 33 s, the last word for 15').toBe(true);
  });

  it('waits when it is alone: who takes over may be about to join', async () => {
    const { world, node, end } = start('s-0');
    world.push({ ring: ['s-0'] });
    const seen = end();
    await advance(world, 5000);
    expect(seen.ended).toBe(false);
    world.node('s-1');
    world.push({ ring: ['s-0'], move: { ring: ['s-1'], phase: 1 } });
    await advance(world, 5000);
    expect(seen.ended).toBe(false);
    node.release();
    await advance(world, 100);
    expect(seen.ended).toBe(true);
  });

  it('ends as soon as routers part from it when the topology names another run of it', async () => {
    const { world, router, node, end } = start('s-0', 's-1');
    const seen = end();
    world.node('s-0', 'run-2');
    const map = world.push({ ring: ['s-0', 's-1'] }, []);
    node.offer(map);
    router.cut('s-0');
    await advance(world, 100);
    expect(seen.ended).toBe(true);
  });

  it('ends at once when it hears that nobody can take its topics', async () => {
    const { world, node, end } = start('s-0', 's-1');
    const seen = end();
    await advance(world, 2000);
    expect(seen.ended).toBe(false);
    node.release();
    await advance(world, 100);
    expect(seen.ended).toBe(true);
  });

  it('ends when nobody moves its topics for too long', async () => {
    const { world, end } = start('s-0', 's-1');
    const seen = end();
    await advance(world, 49_900);
    expect(seen.ended).toBe(false);
    await advance(world, 200);
    expect(seen.ended).toBe(true);
  });
});
