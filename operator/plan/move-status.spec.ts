import { describe, expect, it } from 'vitest';
import type { MoveStatus, TopicClusterStatus } from '../resource/index.ts';
import { statusSchema } from '../resource/status-schema.ts';
import { problemsOf } from '../resource/validate.ts';
import type { Plan } from './plan.ts';
import { World } from './testing/index.ts';

/** Two storage nodes that are to be three; every plan of it. */
function scalingOut(): { readonly world: World; readonly plans: readonly Plan[] } {
  const world = new World();
  for (let step = 0; step < 8; step++) world.step();
  world.plans.length = 0;
  world.take({ kind: 'scale', storage: 3 });
  for (let step = 0; step < 16; step++) world.step();
  return { world, plans: world.plans };
}

const statuses = (plans: readonly Plan[]): readonly TopicClusterStatus[] =>
  plans.flatMap(({ status }) => (status ? [status] : []));

describe('the status of a move', () => {
  const two = 'demo-storage-0, demo-storage-1';

  it('says phase, from, to, and how many topics are left, then is gone', () => {
    const { plans } = scalingOut();
    const moves = statuses(plans).map(({ move }) => move);
    const seen = moves.filter((move): move is MoveStatus => move !== undefined);
    expect(seen[0]).toEqual({
      phase: 'Prepare',
      from: two,
      to: `${two}, demo-storage-2`,
      since: expect.stringMatching(/^2027-/) as string,
    });
    expect(
      seen.slice(1).map(({ phase, topics, topicsLeft }) => [phase, topics, topicsLeft]),
    ).toEqual([
      ['Commit', 8, 4],
      ['Commit', 8, 0],
    ]);
    expect(new Set(seen.map(({ since }) => since)).size).toBe(1);
    expect(moves.at(-1)).toBeUndefined();
  });

  it('is one that an API server takes', () => {
    for (const status of statuses(scalingOut().plans)) {
      expect(problemsOf(statusSchema, status, [])).toEqual([]);
    }
  });

  it('is told by the condition, with its numbers, and by an Event for each step', () => {
    const { plans } = scalingOut();
    const progressing = statuses(plans).map(({ conditions }) => conditions[1]);
    const moving = progressing.filter((condition) => condition?.reason === 'Moving');
    expect(moving.map((condition) => condition?.message)).toEqual(
      expect.arrayContaining([
        `topics move from ${two} to ${two}, demo-storage-2: 4 of 8 are left; ` +
          'waiting for demo-storage-0 to hand over its topics, demo-storage-1 to hand over its topics',
      ]),
    );
    const reasons = plans.flatMap(({ events }) => events.map((event) => event.reason));
    expect(reasons.filter((reason) => reason.startsWith('Move'))).toEqual([
      'MoveBegun',
      'MoveCommitted',
      'MoveFinished',
    ]);
  });

  it('keeps the cluster available: nobody owns anything new before the commit', () => {
    for (const { conditions } of statuses(scalingOut().plans)) {
      expect(conditions[0]).toMatchObject({ type: 'Available', status: 'True' });
      expect(conditions[2]).toMatchObject({ type: 'Degraded', status: 'False' });
    }
  });

  it('does not say that nobody serves while a node that topics may move to has not answered', () => {
    const world = new World();
    for (let step = 0; step < 8; step++) world.step();
    world.take({ kind: 'scale', storage: 3 });
    while (!world.pod('storage', 2)?.process?.held) world.step();
    world.take({ kind: 'deafen', component: 'storage', ordinal: 2 });
    world.plans.length = 0;
    for (let step = 0; step < 10; step++) world.step();
    expect(world.topology?.move).toBeDefined();
    const said = statuses(world.plans).map(({ conditions }) => conditions[0]?.status);
    expect(new Set(said)).toEqual(new Set(['True']));
  });

  it('is written anew for every tenth of the topics only', () => {
    const { world } = scalingOut();
    world.take({ kind: 'scale', storage: 2 });
    while (world.step().topology?.move?.sources.length !== 3) continue;
    const source = world.pod('storage', 2)?.process;
    if (!source) throw new Error('there is a source');
    world.step();
    source.left = 1000;
    world.plans.length = 0;
    while (world.plans.length < 40) world.step();
    expect(statuses(world.plans).length).toBeLessThan(4);
    while (world.topology?.move) {
      source.left = Math.max(0, source.left - 8);
      source.handedOver += 8;
      world.step();
    }
    expect(world.plans.length).toBeGreaterThan(100);
    expect(statuses(world.plans).length).toBeLessThan(20);
  });

  it('says that a move was forced, as a warning', () => {
    const { world } = scalingOut();
    world.take({ kind: 'scale', storage: 2 });
    world.take({ kind: 'stall', component: 'storage', ordinal: 2 });
    world.plans.length = 0;
    for (let step = 0; step < 80; step++) world.step();
    const events = world.plans.flatMap((plan) => plan.events);
    expect(events.find(({ reason }) => reason === 'MoveForced')).toMatchObject({
      type: 'Warning',
      message: expect.stringContaining('topics left there begin a new page') as string,
    });
    expect(world.topology).toMatchObject({ ring: ['demo-storage-0', 'demo-storage-1'] });
  });
});
