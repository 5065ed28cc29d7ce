import { describe, expect, it } from 'vitest';
import type { ObservedMember } from '../observe/index.ts';
import { sampleDead } from '../sample.ts';
import { defaultPolicy } from './policy.ts';
import {
  type Case,
  COMMIT,
  decide,
  deleted,
  done,
  isBusy,
  isDone,
  next,
  older,
  PREPARE,
  restarted,
  router,
  s,
  storage,
  topologyOf,
  waits,
} from './testing/move-case.ts';

const { acknowledgeMsMax, unreadyMsMax, settleMsMax } = defaultPolicy;

describe('a planned change of owners', () => {
  it.each<[string, Case, readonly string[], string]>([
    [
      'a node that was told to end',
      { storage: [storage(1, { stopping: true })] },
      s(0),
      'demo-storage-1 was told to end',
    ],
    [
      'a node whose pod is being deleted, while it answers',
      { storage: [deleted(1)] },
      s(0),
      'demo-storage-1 was told to end',
    ],
    [
      'a node that a roll-out replaces',
      { evacuation: { from: new Set(s(1)), underWay: true } },
      s(0),
      'the pod of demo-storage-1 is to be replaced',
    ],
    [
      'nodes that come and go together',
      {
        desired: 3,
        storage: [storage(2)],
        evacuation: { from: new Set(s(1)), underWay: true },
      },
      s(0, 2),
      'demo-storage-2 is ready; the pod of demo-storage-1 is to be replaced',
    ],
  ])('is prepared for %s', (_, testCase, ring, why) => {
    const begun = next(testCase);
    expect(begun).toMatchObject({
      step: 'begun',
      ring: s(0, 1),
      move: { ring, phase: PREPARE, sources: [] },
      epochs: [3, 1],
    });
    expect(begun.members).toEqual(expect.arrayContaining([...s(0, 1), ...ring]));
    expect(begun.why).toContain(why);
  });

  it.each<[string, Case, string]>([
    [
      'an owner is down',
      { ring: [0, 1], desired: 1, storage: [sampleDead('storage', 1)] },
      'demo-storage-1 to come back (it cannot be reached)',
    ],
    [
      'no router answers',
      { desired: 1, routers: [sampleDead('router', 0)] },
      'a router that can carry the topics',
    ],
    [
      'everybody was told to end',
      { storage: [0, 1].map((ordinal) => storage(ordinal, { stopping: true })) },
      'a healthy storage node that can take over the topics of those that go',
    ],
  ])('waits while %s', (_, testCase, waitingFor) => {
    expect(waits(testCase)).toContain(waitingFor);
  });

  it('leads first to nodes that are not wanted any more, when those that are were told to end', () => {
    const going = storage(0, { stopping: true });
    const testCase: Case = { ring: [0, 1], desired: 1, storage: [going] };
    expect(next(testCase).move?.ring).toEqual(s(1));
    const both: Case = { ring: [0, 1, 2], desired: 1, storage: [going, deleted(1)] };
    expect(next(both).move?.ring).toEqual(s(2));
  });

  it('does not wait for nodes that start when others have to go', () => {
    const going = storage(1, { stopping: true });
    const testCase = { desired: 4, storage: [going, storage(2), sampleDead('storage', 3)] };
    expect(next(testCase).move?.ring).toEqual(s(0));
  });

  it('lets those that come wait for the next one to go in a roll-out, but not for ever', () => {
    const evacuation = { from: new Set<string>(), underWay: true };
    const testCase = { desired: 3, storage: [storage(2)], evacuation };
    expect(waits(testCase)).toEqual(['the roll-out to go on']);
    expect(next(testCase, settleMsMax).move?.ring).toEqual(s(0, 1, 2));
  });
});

describe('a move that is prepared', () => {
  const prepared: Case = { to: [0, 1, 2], routers: [router(0, 3), router(1, 3)] };

  it('is committed when everybody holds it and every router is linked', () => {
    expect(next(prepared)).toMatchObject({
      step: 'committed',
      ring: s(0, 1),
      move: { ring: s(0, 1, 2), phase: COMMIT, sources: s(0, 1) },
      members: s(0, 1, 2),
      epochs: [8, 3],
    });
  });

  it.each<[string, Case, string]>([
    [
      'an owner has an older version',
      { storage: [storage(1, { version: older })] },
      'demo-storage-1 to take topology 1.7',
    ],
    [
      'a target has an older version',
      { storage: [storage(2, { version: older })] },
      'demo-storage-2 to take topology 1.7',
    ],
    [
      'a target is not there for a moment',
      { storage: [sampleDead('storage', 2)] },
      'demo-storage-2 to come back (it cannot be reached)',
    ],
    [
      'a router has an older version',
      { routers: [router(0, 3), router(1, 3, older)] },
      'demo-router-1 to take topology 1.7 and link to all of it',
    ],
    [
      'a router lacks a link',
      { routers: [router(0, 3), router(1, 2)] },
      'demo-router-1 to take topology 1.7 and link to all of it',
    ],
    [
      'a router does not answer',
      { routers: [router(0, 3), sampleDead('router', 1)] },
      'demo-router-1 to take topology 1.7 and link to all of it',
    ],
    ['no router can carry', { routers: [router(0, 2)] }, 'a router that can carry the topics'],
  ])('waits while %s', (_, changes, waitingFor) => {
    expect(waits({ ...prepared, ...changes })).toContain(waitingFor);
  });

  it.each([
    ['that does not answer', sampleDead('router', 1)],
    ['that does not take it', router(1, 3, older)],
    ['that cannot link', router(1, 1)],
  ])('passes over a router %s, after a while', (_, late) => {
    const testCase = { ...prepared, routers: [router(0, 3), late] };
    expect(waits(testCase, acknowledgeMsMax - 1)).not.toEqual([]);
    expect(next(testCase, acknowledgeMsMax).step).toBe('committed');
  });

  it('is not committed, however long it takes, while nobody can carry or a node has not got it', () => {
    expect(waits({ ...prepared, routers: [router(0, 2)] }, 3_600_000)).not.toEqual([]);
    const deaf = { ...prepared, storage: [storage(1, { version: older })] };
    expect(waits(deaf, 3_600_000)).not.toEqual([]);
  });

  it.each<[string, Case, number, string]>([
    [
      'a target is lost',
      { storage: [sampleDead('storage', 2)] },
      unreadyMsMax,
      'demo-storage-2 is down',
    ],
    ['a target restarts', { storage: [restarted(2)] }, 0, 'demo-storage-2 was restarted'],
    ['an owner restarts', { storage: [restarted(0)] }, 0, 'demo-storage-0 was restarted'],
    [
      'a new node does not take it',
      { storage: [storage(2, { version: older })] },
      acknowledgeMsMax,
      'demo-storage-2 does not take the topology',
    ],
    [
      'a target is told to end',
      { storage: [storage(2, { stopping: true })] },
      0,
      'was told to end',
    ],
    ['a target is no longer wanted', { desired: 2 }, 0, 'not among the 2 storage nodes wanted'],
  ])('is abandoned when %s', (_, changes, afterMs, why) => {
    const abandoned = next({ ...prepared, ...changes }, afterMs);
    expect(abandoned).toMatchObject({ step: 'abandoned', ring: s(0, 1), move: undefined });
    expect(abandoned.epochs).toEqual([3, 1]);
    expect(abandoned.why).toContain(why);
  });

  it('is abandoned when one that was to go is to stay', () => {
    expect(next({ to: [0], desired: 2 })).toMatchObject({
      step: 'abandoned',
      ring: s(0, 1),
      move: undefined,
      why: expect.stringContaining('demo-storage-1 is to stay') as string,
    });
  });

  it('is abandoned with the ring of those that are left when an owner is lost', () => {
    expect(next({ ...prepared, storage: [sampleDead('storage', 1)] }, unreadyMsMax)).toMatchObject({
      step: 'abandoned',
      ring: s(0),
      members: s(0),
      move: undefined,
      epochs: [8, 3],
    });
  });

  it('goes on when more nodes become ready: they come with the next one', () => {
    expect(next({ ...prepared, desired: 4, storage: [storage(3)] }).step).toBe('committed');
  });

  it('is kept when caches change', () => {
    const late = router(0, 2);
    const edited = next({ ...prepared, caches: ['orders'], routers: [late] });
    expect(edited).toMatchObject({
      step: undefined,
      move: { ring: s(0, 1, 2), phase: PREPARE },
      why: 'caches added: orders',
      epochs: [3, 1],
    });
  });
});

describe('a move that is committed', () => {
  const committed: Case = { to: [0, 1, 2], phase: COMMIT, routers: [router(0, 3)] };

  it('is finished when every source is done', () => {
    expect(next(committed)).toMatchObject({
      step: 'finished',
      ring: s(0, 1, 2),
      move: undefined,
      members: s(0, 1, 2),
      epochs: [8, 7],
    });
    expect(next({ ...committed, to: [0] }).members).toEqual(s(0));
  });

  it.each<[string, ObservedMember, string]>([
    ['has topics left', isBusy(1), 'demo-storage-1 to hand over its topics'],
    [
      'is done with an older version',
      isDone(1, { version: older }),
      'demo-storage-1 to take the topology',
    ],
    ['says nothing of it', storage(1), 'demo-storage-1 to take the topology'],
    [
      'does not answer',
      { ...isDone(1), state: undefined, stateProblem: 'it did not answer' },
      'demo-storage-1 to come back (it did not answer)',
    ],
    [
      'is another process, in a pod that is being deleted',
      { ...isDone(1, { incarnation: 'demo-storage-1-run-2' }), leaving: true, ready: false },
      'demo-storage-1 to come back (its pod is being deleted)',
    ],
    [
      'has everything but not the last word',
      storage(1, { move: { ...done, done: false } }),
      'demo-storage-1 to be done',
    ],
  ])('waits while a source %s', (_, source, waitingFor) => {
    expect(waits({ ...committed, storage: [source] })).toContain(waitingFor);
  });

  it('waits until every target holds it, also when there is no source any more', () => {
    const testCase = { ...committed, sources: [], storage: [storage(2, { version: older })] };
    expect(waits(testCase)).toEqual(['demo-storage-2 to take the topology']);
    expect(next({ ...testCase, storage: [] }).step).toBe('finished');
  });

  it('is not changed by another wish', () => {
    const testCase = { ...committed, desired: 1, storage: [isBusy(1), storage(3)] };
    expect(waits(testCase)).toEqual(['demo-storage-1 to hand over its topics']);
    const going = { ...committed, storage: [isBusy(1, { stopping: true })] };
    expect(waits(going)).toEqual(['demo-storage-1 to hand over its topics']);
    expect(waits({ ...committed, storage: [{ ...deleted(1), state: isBusy(1).state }] })).toEqual([
      'demo-storage-1 to hand over its topics',
    ]);
  });

  it('keeps caches and settings as they are until it is over', () => {
    const edited = { ...committed, caches: ['orders'] };
    expect(waits({ ...edited, storage: [isBusy(1)] })).toEqual([
      'demo-storage-1 to hand over its topics',
      'the topics to have moved, before caches and settings change',
    ]);
    const lost = decide({ ...edited, storage: [restarted(1), isBusy(0)] });
    expect(lost).toMatchObject({ kind: 'changed', topology: { caches: [] } });
    expect(decide(edited)).toMatchObject({ topology: { caches: [{ name: 'orders' }] } });
  });

  it.each<[string, Case, number, object]>([
    [
      'a source that is lost is no source',
      { storage: [sampleDead('storage', 1), isBusy(0)], to: [0, 2] },
      unreadyMsMax,
      {
        ring: s(0, 1),
        members: s(0, 1, 2),
        move: { ring: s(0, 2), sources: s(0) },
        epochs: [8, 7],
      },
    ],
    [
      'a source that is lost is no target either',
      { storage: [sampleDead('storage', 1), isBusy(0)] },
      unreadyMsMax,
      { members: s(0, 1, 2), move: { ring: s(0, 2), sources: s(0) }, epochs: [8, 7] },
    ],
    [
      'a source that restarted is no source, but a target',
      { storage: [restarted(1), isBusy(0)] },
      0,
      { members: s(0, 1, 2), move: { ring: s(0, 1, 2), sources: s(0) }, epochs: [8, 7] },
    ],
    [
      'a target that is lost is no target',
      { storage: [isBusy(0), isBusy(1), sampleDead('storage', 2)] },
      unreadyMsMax,
      { members: s(0, 1), move: { ring: s(0, 1), sources: s(0, 1) }, epochs: [8, 7] },
    ],
    [
      'a target that restarted is named anew',
      { storage: [isBusy(0), isBusy(1), restarted(2)] },
      0,
      { members: s(0, 1, 2), move: { ring: s(0, 1, 2), sources: s(0, 1) }, epochs: [7, 3] },
    ],
    [
      'the sources keep what they have when the only target is lost',
      { ring: [0], to: [1], storage: [isBusy(0), sampleDead('storage', 1)] },
      unreadyMsMax,
      { ring: s(0), members: s(0), move: { ring: s(0), sources: s(0) }, epochs: [8, 7] },
    ],
  ])('in its middle, %s', (_, changes, afterMs, expected) => {
    const after = next({ ...committed, ...changes }, afterMs);
    expect(after).toMatchObject({ step: undefined, ring: topologyOf(changes).ring, ...expected });
    expect(after.move?.phase).toBe(COMMIT);
  });

  it('loses nobody before the grace is over, and nobody at all when nobody is left', () => {
    const testCase = { ...committed, storage: [sampleDead('storage', 1), isBusy(0)] };
    expect(waits(testCase, unreadyMsMax - 1)).not.toEqual([]);
    const dead = [0, 1, 2].map((ordinal) => sampleDead('storage', ordinal));
    expect(waits({ ...committed, storage: dead }, 3_600_000)).not.toEqual([]);
  });

  it('does not change owners twice while one that serves may have missed the first change', () => {
    const behind = isBusy(0, { version: older });
    const testCase = { ...committed, storage: [behind, restarted(1)] };
    expect(waits(testCase)).toEqual(['the owners to take the change before the next']);
    expect(next(testCase, acknowledgeMsMax).move?.sources).toEqual(s(0));
    const empty = isBusy(0, { version: { term: 0, epoch: 0 } });
    expect(next({ ...committed, storage: [empty, restarted(1)] }).move?.sources).toEqual(s(0));
  });
});

describe('a move of a record that members have gone beyond', () => {
  const reported = [{ term: 1, epoch: 20 }];

  it('is dropped: nobody keeps anything by such a record', () => {
    const prepared = next({ to: [0, 1, 2], reported });
    expect(prepared).toMatchObject({ step: 'begun', ring: s(0, 1), epochs: [21, 21] });
    const storage = [isBusy(0), isBusy(1)];
    const committed = next({ to: [0, 1, 2], phase: COMMIT, storage, reported });
    expect(committed).toMatchObject({ ring: s(0, 1, 2), move: undefined, epochs: [21, 21] });
  });
});
