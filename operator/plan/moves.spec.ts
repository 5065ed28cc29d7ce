import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { brokenImage, type Fault, Watchman, World } from './testing/index.ts';

// Whole clusters, plan by plan: no test of how fast it is.
vi.setConfig({ testTimeout: 120_000 });

const storage = { component: fc.constant('storage' as const), ordinal: fc.nat(4) };
const router = { component: fc.constant('router' as const), ordinal: fc.nat(1) };
const planned: fc.Arbitrary<Fault>[] = [
  fc.record({ kind: fc.constant('scale' as const), storage: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant('image' as const), image: fc.constantFrom('a:1', 'a:2', 'a:3') }),
  fc.record({ kind: fc.constant('cache' as const), name: fc.constantFrom('a', 'b') }),
  fc.constant({ kind: 'operator' as const }),
];
const kinds = ['kill', 'freeze', 'deafen', 'stall', 'heal', 'end', 'delete'] as const;
const unplanned: fc.Arbitrary<Fault>[] = [
  fc.record({ kind: fc.constantFrom(...kinds), ...storage }),
  fc.record({ kind: fc.constantFrom(...kinds), ...router }),
  fc.record({ kind: fc.constant('image' as const), image: fc.constant(brokenImage) }),
];
const pauses = fc.constantFrom(0, 50, 250, 1000, 3000, 11_000);
const script = (...faults: fc.Arbitrary<Fault>[]) =>
  fc.array(
    fc.record({
      fault: fc.oneof(...faults),
      // Steps after it, each followed by a pause.
      pauses: fc.array(pauses, { minLength: 1, maxLength: 6 }),
    }),
    { maxLength: 14 },
  );

function running(): { world: World; watchman: Watchman } {
  const world = new World();
  const watchman = new Watchman(world);
  for (let step = 0; step < 8; step++) watchman.step(250);
  return { world, watchman };
}

/** Everything is as the spec says, and nothing moves. */
function isSettled(world: World): boolean {
  const { topology } = world;
  const wanted = Array.from({ length: world.spec.storage }, (_, it) => `demo-storage-${it}`);
  const last = world.plans.at(-1);
  return (
    topology?.move === undefined &&
    topology?.ring.join() === wanted.join() &&
    world.pods('storage').length === wanted.length &&
    last?.objects.length === 0 &&
    last.pushes.length === 0 &&
    last.replacements.length === 0 &&
    last.topology !== undefined &&
    world.observe().storage.every((pod) => pod.ready) &&
    (last.requeueAfterMs === undefined || last.requeueAfterMs > 0) &&
    world.conditionReason('Progressing') === 'Settled'
  );
}

function settles(world: World, watchman: Watchman): void {
  for (let step = 0; step < 1200 && !isSettled(world); step++) watchman.step(250);
  expect({ ring: world.topology?.ring, settled: isSettled(world) }).toMatchObject({
    settled: true,
  });
}

describe('moves, whatever happens', () => {
  it('never break a rule, and come to an end once faults stop', () => {
    fc.assert(
      fc.property(script(...planned, ...unplanned, ...unplanned), (faults) => {
        const { world, watchman } = running();
        for (const { fault, pauses: then } of faults) {
          world.take(fault);
          for (const pauseMs of then) watchman.step(pauseMs);
        }
        world.healAll();
        if (world.spec.image === brokenImage) world.take({ kind: 'image', image: 'a:9' });
        settles(world, watchman);
      }),
      { numRuns: 12 },
    );
  });

  it('change owners by handing over and in no other way, as long as nothing fails', () => {
    fc.assert(
      fc.property(script(...planned), (changes) => {
        const { world, watchman } = running();
        const born = world.plans.length;
        for (const { fault, pauses: then } of changes) {
          world.take(fault);
          for (const pauseMs of then) watchman.step(pauseMs);
        }
        settles(world, watchman);
        const reasons = world.plans
          .slice(born)
          .flatMap((plan) => plan.events.map((it) => it.reason));
        expect(reasons).not.toContain('MoveForced');
        for (const pod of world.pods('storage')) expect(pod.process?.keptNothing).toBe(false);
        expect(world.lost).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });
});

/** Every version that was written, without its term; and why. */
function history(world: World): string[] {
  return world.plans.flatMap(({ events }) => {
    const told = events.filter(
      ({ reason }) => reason === 'TopologyChanged' || /^Move/.test(reason),
    );
    return told.map(
      ({ reason, message }) => `${reason} ${message.replace(/ to [0-9]+\./, ' to .')}`,
    );
  });
}

describe('an operator that is replaced', () => {
  const changes: readonly Fault[] = [
    { kind: 'scale', storage: 4 },
    { kind: 'scale', storage: 1 },
    { kind: 'scale', storage: 3 },
  ];

  // Each successor puts its term on record: that is told, and changes nothing.
  const untold = (line: string) => !/^TopologyChanged .*same members/.test(line);
  const withoutVersion = (line: string) =>
    line
      .replace(/ to \.\d+:/, ':')
      .replace(/; the operator leads term \d+ now| \(the operator leads term \d+ now\)/, '');

  it('goes on with a move in whatever phase it is, from the record alone', () => {
    const play = (isReplaced: boolean) => {
      const { world, watchman } = running();
      for (const change of changes) {
        world.take(change);
        for (let step = 0; step < 30; step++) {
          if (isReplaced) world.take({ kind: 'operator' });
          watchman.step(250);
        }
        settles(world, watchman);
      }
      return history(world).filter(untold).map(withoutVersion);
    };
    const calm = play(false);
    expect(calm.filter((line) => line.startsWith('MoveFinished'))).toHaveLength(3);
    expect(play(true)).toEqual(calm);
  });

  it('goes on with a roll-out wherever it stands, though it waits anew', () => {
    for (let replacedAt = 0; replacedAt < 60; replacedAt += 7) {
      const { world, watchman } = running();
      world.take({ kind: 'image', image: 'a:2' });
      for (let step = 0; step < replacedAt; step++) watchman.step(250);
      world.take({ kind: 'operator' });
      settles(world, watchman);
      expect(world.lost).toEqual([]);
    }
  });
});

describe('a roll-out of storage', () => {
  /** The rings that topics moved to, one line each. */
  const rings = (world: World): string[] => {
    const moves = world.plans.flatMap(({ events, topology }) => {
      const isBegun = events.some(({ reason }) => reason === 'MoveBegun');
      return isBegun && topology?.move ? [topology.move.ring] : [];
    });
    return moves.map((ring) => ring.map((name) => name.replace('demo-storage-', '')).join(' '));
  };

  it('evacuates one node after the other, in one move more than there are nodes', () => {
    const { world, watchman } = running();
    world.take({ kind: 'scale', storage: 3 });
    settles(world, watchman);
    world.plans.length = 0;
    world.take({ kind: 'image', image: 'a:2' });
    settles(world, watchman);
    expect(rings(world)).toEqual(['0 1', '0 2', '1 2', '0 1 2']);
    expect(world.plans.flatMap((plan) => plan.replacements.map(({ pod }) => pod))).toEqual([
      'demo-storage-2',
      'demo-storage-1',
      'demo-storage-0',
      'demo-router-1',
      'demo-router-0',
    ]);
    expect(world.lost).toEqual([]);
  });

  it('of a single node has a second one to go to meanwhile', () => {
    const { world, watchman } = running();
    world.take({ kind: 'scale', storage: 1 });
    settles(world, watchman);
    world.plans.length = 0;
    world.take({ kind: 'image', image: 'a:2' });
    settles(world, watchman);
    expect(rings(world)).toEqual(['1', '0']);
    expect(world.replicas('storage')).toBe(1);
    expect(world.lost).toEqual([]);
  });

  it('with an image that does not run ends at the first pod; the one before brings it back', () => {
    const { world, watchman } = running();
    world.take({ kind: 'scale', storage: 3 });
    settles(world, watchman);
    world.take({ kind: 'image', image: brokenImage });
    const haltedMs = world.nowMs + 60_000;
    while (world.nowMs < haltedMs) watchman.step(1000);
    expect(world.conditionReason('Degraded')).toBe('RolloutHalted');
    expect(world.topology?.ring).toEqual(['demo-storage-0', 'demo-storage-1']);
    for (let step = 0; step < 40; step++) watchman.step(1000);
    expect(world.topology?.ring).toEqual(['demo-storage-0', 'demo-storage-1']);
    world.take({ kind: 'image', image: 'topicplane:1' });
    settles(world, watchman);
    expect(world.lost).toEqual([]);
  });
});
