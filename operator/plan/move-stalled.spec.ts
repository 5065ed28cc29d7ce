import { describe, expect, it } from 'vitest';
import { sampleDead } from '../sample.ts';
import { defaultPolicy } from './policy.ts';
import {
  busy,
  type Case,
  COMMIT,
  decideWith,
  isBusy,
  isDone,
  next,
  older,
  router,
  s,
  storage,
  waits,
} from './testing/move-case.ts';
import { Waits } from './waits.ts';

const { stalledMsMax } = defaultPolicy;
const committed: Case = { to: [0, 1, 2], phase: COMMIT };
const untouched = (ordinal: number, left = 500) =>
  storage(ordinal, { move: { left, handedOver: 0, taken: 0, done: left === 0 } });
const taking = (ordinal: number, taken: number) =>
  storage(ordinal, { move: { ...busy, left: 0, handedOver: 0, taken, done: true } });
const carrying = 'a router that can carry the topics';

describe('a committed move in which nothing is handed over any more', () => {
  it('is forced when some is through: topics that are left begin a new page', () => {
    const testCase = { ...committed, storage: [isBusy(1)] };
    expect(waits(testCase, stalledMsMax - 1)).toEqual(['demo-storage-1 to hand over its topics']);
    const forced = next(testCase, stalledMsMax);
    expect(forced).toMatchObject({
      step: 'forced',
      ring: s(0, 1),
      move: { ring: s(0, 1, 2), phase: COMMIT, sources: s(0) },
      epochs: [8, 7],
    });
    expect(forced.why).toContain(
      'demo-storage-1 handed over nothing more within 15 s: topics left there begin a new page',
    );
  });

  it.each<[string, Case]>([
    ['answers', { routers: [sampleDead('router', 0)] }],
    ['has it', { routers: [router(0, 3, older)] }],
    ['is linked to a target', { routers: [router(0, [0, 1])] }],
    ['is linked to a source', { routers: [router(0, [0, 2])] }],
    ['is there', { routers: [] }],
    [
      'is linked to all of those that are left',
      { to: [0, 2], sources: [0], routers: [router(0, [0, 1])] },
    ],
  ])('waits for as long as no router %s', (_, changes) => {
    for (const source of [isBusy(0), untouched(0)]) {
      expect(waits({ ...committed, ...changes, storage: [source] }, 3_600_000)).toEqual([
        'demo-storage-0 to hand over its topics',
        carrying,
      ]);
    }
  });

  it('has its time anew when a router is there again', () => {
    const alone = { ...committed, storage: [isBusy(1)], routers: [sampleDead('router', 0)] };
    const first = new Waits(new Map(), 0);
    decideWith(alone, first);
    const later = new Waits(first.memory, 3_600_000);
    expect(decideWith({ ...alone, routers: [router(0, 3)] }, later).kind).toBe('unchanged');
  });

  it('does not wait for a link to a source that is lost', () => {
    const testCase: Case = {
      ...committed,
      to: [0, 2],
      sources: [0],
      storage: [isBusy(0), sampleDead('storage', 1)],
      routers: [router(0, [0, 2])],
    };
    expect(waits(testCase)).not.toContain(carrying);
    expect(next(testCase, stalledMsMax).step).toBe('forced');
  });

  it('leads back when nothing is through: topics stay where they are', () => {
    const testCase = { ...committed, storage: [untouched(0), untouched(1), taking(2, 0)] };
    expect(waits(testCase, stalledMsMax - 1)).not.toEqual([]);
    const back = next(testCase, stalledMsMax);
    expect(back).toMatchObject({
      step: 'abandoned',
      ring: s(0, 1),
      members: s(0, 1),
      move: { ring: s(0, 1), phase: COMMIT, sources: s(0, 1) },
      epochs: [8, 7],
    });
    expect(back.why).toContain(
      'demo-storage-0, demo-storage-1 handed over nothing within 15 s: topics stay where they are',
    );
  });

  it.each<[string, Case]>([
    ['a target took topics', { storage: [untouched(0), untouched(1, 0), taking(2, 1)] }],
    ['a source handed over some', { storage: [untouched(0), isDone(1), taking(2, 0)] }],
    [
      'what a lost source had is its heirs’',
      { storage: [untouched(0), untouched(1), taking(2, 0)], sources: [0] },
    ],
  ])('does not lead back when %s', (_, changes) => {
    expect(next({ ...committed, ...changes }, stalledMsMax).step).toBe('forced');
  });

  it('that leads back ends as soon as everybody holds it: there is nothing to hand over', () => {
    const back: Case = { ...committed, to: [0, 1] };
    expect(waits({ ...back, storage: [isBusy(0, { version: older })] })).toEqual([
      'demo-storage-0 to take the topology',
    ]);
    const undone = { ...back, storage: [untouched(0), untouched(1)], routers: [] };
    expect(next(undone)).toMatchObject({ step: 'finished', ring: s(0, 1), move: undefined });
  });

  it('goes on without a target that does not take it: sources keep what they have', () => {
    const deaf = storage(3, { version: older });
    const testCase: Case = {
      ...committed,
      to: [0, 1, 2, 3],
      storage: [isBusy(0), isBusy(1), taking(2, 12), deaf],
    };
    expect(waits(testCase, stalledMsMax - 1)).toContain('demo-storage-3 to take the topology');
    const without = next(testCase, stalledMsMax);
    expect(without).toMatchObject({
      step: undefined,
      members: s(0, 1, 2),
      move: { ring: s(0, 1, 2), sources: s(0, 1) },
    });
    expect(without.why).toContain(
      'demo-storage-3 took no topology within 15 s: no topics go there',
    );
  });

  it('leads back when its only target does not take it', () => {
    const deaf = storage(2, { version: older });
    const testCase = { ...committed, storage: [untouched(0), untouched(1), deaf] };
    expect(next(testCase, stalledMsMax)).toMatchObject({
      step: 'abandoned',
      members: s(0, 1),
      move: { ring: s(0, 1), sources: s(0, 1) },
    });
    const away: Case = { ring: [0], to: [1], phase: COMMIT };
    const storages = [untouched(0), storage(1, { version: older })];
    expect(next({ ...away, storage: storages }, stalledMsMax)).toMatchObject({
      step: 'abandoned',
      members: s(0),
      move: { ring: s(0), sources: s(0) },
    });
  });

  it('is forced when one that does not take it has topics', () => {
    const deafSource = { ...committed, storage: [isBusy(1, { version: older })] };
    const forced = next(deafSource, stalledMsMax);
    expect(forced).toMatchObject({
      step: 'forced',
      members: s(0, 1, 2),
      move: { ring: s(0, 2), sources: s(0) },
    });
    expect(forced.why).toContain(
      'demo-storage-1 took no topology within 15 s: topics there begin a new page',
    );
    const deafTarget = { ...committed, storage: [isBusy(2, { version: older })] };
    expect(next(deafTarget, stalledMsMax)).toMatchObject({
      step: 'forced',
      move: { ring: s(0, 1) },
    });
    const heir = { ...committed, sources: [], storage: [storage(2, { version: older })] };
    expect(next(heir, stalledMsMax)).toMatchObject({ step: 'forced', move: { ring: s(0, 1) } });
  });

  it('goes on waiting when nobody who takes it would be left', () => {
    const deaf = [0, 1, 2].map((ordinal) => storage(ordinal, { version: older }));
    expect(waits({ ...committed, storage: deaf }, 3_600_000)).not.toEqual([]);
  });

  it('is not forced while topics are handed over, or somebody is down', () => {
    const first = new Waits(new Map(), 0);
    decideWith({ ...committed, storage: [isBusy(1)] }, first);
    const further = isBusy(1, { move: { ...busy, left: 2, handedOver: 7 } });
    const later = new Waits(first.memory, stalledMsMax);
    expect(decideWith({ ...committed, storage: [further] }, later).kind).toBe('unchanged');
    const down = { ...committed, storage: [isBusy(1), sampleDead('storage', 2)] };
    const grown = new Waits(new Map([['down/demo-storage-2', stalledMsMax - 1]]), 0);
    decideWith(down, grown);
    expect(decideWith(down, new Waits(grown.memory, stalledMsMax)).kind).toBe('unchanged');
  });
});
