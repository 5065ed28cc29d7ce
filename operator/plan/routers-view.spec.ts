import { describe, expect, it } from 'vitest';
import type { ObservedMember } from '../observe/index.ts';
import { sampleDead, sampleMember, sampleObserved, sampleState } from '../sample.ts';
import { verdicts } from './conditions.ts';
import { defaultPolicy } from './policy.ts';
import { noRollout } from './rollout.ts';
import { routersView } from './routers-view.ts';
import {
  type Case,
  COMMIT,
  decideWith,
  isBusy,
  next,
  restarted,
  s,
  storage,
  topologyOf,
  waits,
} from './testing/move-case.ts';
import { Waits } from './waits.ts';

const { unreadyMsMax, unheardMsMax } = defaultPolicy;
const current = { term: 1, epoch: 7 };

/** Ready, but the operator gets no answer. */
const unreached = (ordinal: number, changes: Partial<ObservedMember> = {}) => {
  const stateProblem = 'it did not answer within 1000 ms';
  return sampleMember('storage', ordinal, undefined, {
    state: undefined,
    stateProblem,
    ...changes,
  });
};

/** A router that hears these storage nodes, which told it that they hold `version`. */
function router(ordinal: number, hears: readonly number[], version = current, run = 1) {
  const name = `demo-router-${ordinal}`;
  const liveLinks = s(...hears).map((node) => {
    return { storage: node, incarnation: `${node}-run-${run}`, version };
  });
  const state = sampleState(name, current, { links: hears.length, liveLinks });
  return sampleMember('router', ordinal, undefined, { state });
}
const silent = (ordinal: number) => sampleDead('router', ordinal);

/** Owners after a long time. */
const ringAfter = (testCase: Case) => {
  const memory = new Waits(new Map(), 0);
  decideWith(testCase, memory);
  const later = new Waits(memory.memory, 3_600_000);
  const decision = decideWith(testCase, later);
  return decision.kind === 'changed' || decision.kind === 'unchanged' ? decision.topology.ring : [];
};

const both = [0, 1];

describe('an owner that only the operator does not reach', () => {
  it.each<[string, readonly ObservedMember[]]>([
    ['all routers hear it', [router(0, both), router(1, both), router(2, both)]],
    ['most routers hear it', [router(0, both), router(1, both), router(2, [0])]],
    ['the only router that is reached hears it', [router(0, both), silent(1), silent(2)]],
  ])('stays one while %s', (_, routers) => {
    expect(ringAfter({ storage: [unreached(1)], routers })).toEqual(s(0, 1));
  });

  it.each<[string, readonly ObservedMember[], ObservedMember?]>([
    ['half of the routers hear it', [router(0, both), router(1, [0])]],
    ['routers hear another run of it', [router(0, both, current, 2)]],
    ['no router is reached', [silent(0), silent(1)]],
    ['it has not taken the last change of owners', [router(0, both, { term: 1, epoch: 2 })]],
    ['its pod is being deleted', [router(0, both)], unreached(1, { leaving: true, ready: false })],
    [
      'it answers, but is not ready',
      [router(0, both)],
      { ...storage(1), ready: false, notReadyMessage: 'probe failed' },
    ],
  ])('is lost when %s', (_, routers, pod = unreached(1)) => {
    expect(ringAfter({ storage: [pod], routers })).toEqual(s(0));
  });

  it('is lost as soon as one that nobody reaches, when routers stop hearing it at once', () => {
    const testCase = { storage: [unreached(1)], routers: [router(0, [0])] };
    expect(waits(testCase, unreadyMsMax - 1)).not.toEqual([]);
    expect(next(testCase, unreadyMsMax)).toMatchObject({ ring: s(0) });
  });

  it('is not lost because its links break and open again, but when they stay broken', () => {
    const heard = { storage: [unreached(1)], routers: [router(0, both)] };
    const unheard = { storage: [unreached(1)], routers: [router(0, [0])] };
    let memory = new Waits(new Map(), 0);
    const ringAt = (testCase: Case, nowMs: number) => {
      memory = new Waits(memory.memory, nowMs);
      const decision = decideWith(testCase, memory);
      return decision.kind === 'changed' ? decision.topology.ring : s(0, 1);
    };
    const minute = 60_000;
    expect(ringAt(heard, 0)).toEqual(s(0, 1));
    expect(ringAt(heard, minute)).toEqual(s(0, 1));
    expect(ringAt(unheard, minute + 1_000)).toEqual(s(0, 1));
    expect(ringAt(heard, minute + 2_000)).toEqual(s(0, 1));
    expect(ringAt(unheard, minute + 3_000)).toEqual(s(0, 1));
    expect(ringAt(unheard, minute + 2_999 + unheardMsMax)).toEqual(s(0, 1));
    expect(ringAt(unheard, minute + 3_000 + unheardMsMax)).toEqual(s(0));
  });

  it('has a move that is prepared abandoned, and none begun', () => {
    const prepared: Case = {
      to: [0, 1, 2],
      storage: [unreached(1)],
      routers: [router(0, [0, 1, 2])],
    };
    expect(next(prepared, unreadyMsMax)).toMatchObject({
      step: 'abandoned',
      ring: s(0, 1),
      move: undefined,
      why: expect.stringContaining("demo-storage-1 can't be reached by the operator") as string,
    });
    const joining: Case = { desired: 3, storage: [unreached(1), storage(2)] };
    expect(ringAfter({ ...joining, routers: [router(0, both)] })).toEqual(s(0, 1));
    expect(waits({ ...joining, routers: [router(0, both)] }, 3_600_000)).not.toEqual([]);
  });

  it('stays in a move that is committed if it has taken that, and is lost if it has not', () => {
    const committed: Case = { phase: COMMIT, to: [0, 1, 2], storage: [isBusy(0), unreached(1)] };
    const hearing = (epoch: number) => [router(0, [0, 1, 2], { term: 1, epoch })];
    expect(waits({ ...committed, routers: hearing(7) }, 3_600_000)).not.toEqual([]);
    expect(next({ ...committed, routers: hearing(6) }, unreadyMsMax)).toMatchObject({
      move: { ring: s(0, 2), sources: s(0) },
    });
  });

  it('does not keep another from being lost or taken up anew', () => {
    const routers = [router(0, [1])];
    const lost: Case = { ring: [0, 1, 2], storage: [unreached(1), sampleDead('storage', 0)] };
    expect(next({ ...lost, routers }, unreadyMsMax).ring).toEqual(s(1, 2));
    expect(next({ storage: [unreached(1), restarted(0)], routers }).ring).toEqual(s(0, 1));
  });
});

describe('the conditions', () => {
  const conditionsOf = (pods: readonly ObservedMember[], routers: readonly ObservedMember[]) => {
    const held = { kind: 'held', topology: topologyOf({}) } as const;
    const { Available, Degraded } = verdicts({
      observed: sampleObserved({}, { held, storage: pods, routers }),
      decision: undefined,
      desired: { routers: 2, storage: 2 },
      rollout: noRollout,
      move: undefined,
      draining: undefined,
      refused: [],
      waitingFor: [],
      pushes: 0,
      starting: new Set(),
    });
    return { Available, Degraded };
  };
  const routers = [router(0, both), router(1, both)];

  it('say that an owner can not be reached, that it serves all the same, and what to check', () => {
    expect(conditionsOf([storage(0), unreached(1)], routers)).toMatchObject({
      Available: { status: 'True', reason: 'NoCaches' },
      Degraded: {
        status: 'True',
        reason: 'MembersUnreachable',
        message:
          "the operator can't reach demo-storage-1 (it did not answer within 1000 ms), but 2 of 2 routers can: " +
          'it keeps its topics, and no others can move; check what is between the operator and its control port, such as a NetworkPolicy',
      },
    });
  });

  it('say first who is down, if somebody is', () => {
    const { Degraded } = conditionsOf([sampleDead('storage', 0), unreached(1)], [router(0, [1])]);
    expect(Degraded.reason).toBe('MembersDown');
    expect(Degraded.message).toMatch(
      /^demo-storage-0 is down .*; the operator can't reach demo-st/,
    );
  });
});

describe('what routers say of a storage node', () => {
  it('is counted among those that are reached, with the latest version that it told one of them', () => {
    const [, member] = topologyOf({}).storage;
    if (!member) throw new Error('there are two');
    const routers = [router(0, both), router(1, both, { term: 1, epoch: 5 }), silent(2)];
    expect(routersView(member, routers)).toEqual({
      asked: 2,
      hearing: 2,
      isServed: true,
      epoch: 7,
    });
    expect(routersView(member, [])).toEqual({ asked: 0, hearing: 0, isServed: false, epoch: 0 });
  });
});
