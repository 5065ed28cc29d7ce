import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { control } from '../../proto/index.ts';
import { leaveRotationMs } from '../build/index.ts';
import type { ObservedMember } from '../observe/index.ts';
import { sampleDead, sampleMember, sampleState } from '../sample.ts';
import { defaultPolicy } from './policy.ts';
import { planRouterReplicas, type RouterReplicasInput } from './router-replicas.ts';
import { type WaitMemory, Waits } from './waits.ts';

const drainMs = 10_000;
const timeMs = leaveRotationMs + drainMs + defaultPolicy.drainMarginMs;

type Word = 'serves' | 'drains' | 'empty' | 'dead' | 'silent' | 'leaving' | 'ending';

/** `serves drains dead`: routers by ordinal. */
function routersOf(words: string): ObservedMember[] {
  return words.split(' ').map((word, ordinal) => routerOf(word as Word, ordinal));
}

function routerOf(word: Word, ordinal: number): ObservedMember {
  const name = `demo-router-${ordinal}`;
  const drained = { phase: control.Phase.DRAINING } as const;
  const state = (changes: Partial<control.GetStateResponse>) =>
    sampleState(name, undefined, { connections: 37, subscriptions: 40, ...changes });
  const is = (changes: Partial<ObservedMember>) =>
    sampleMember('router', ordinal, undefined, changes);
  switch (word) {
    case 'serves':
      return is({ state: state({}) });
    case 'drains':
      return is({ ready: false, state: state(drained) });
    case 'empty':
      return is({ ready: false, state: state({ ...drained, connections: 0, subscriptions: 0 }) });
    case 'dead':
      return sampleDead('router', ordinal);
    case 'silent':
      return is({ state: undefined, stateProblem: 'it did not answer within 1000 ms' });
    case 'leaving':
      return is({ ready: false, leaving: true, state: state(drained) });
    case 'ending':
      return is({ ready: false, state: state({ ...drained, stopping: true }) });
  }
}

/** Plans of one operator, one after the other. */
class Operator {
  #memory: WaitMemory = new Map();

  plan(words: string, nowMs: number, changes: Partial<RouterReplicasInput> = {}) {
    const waits = new Waits(this.#memory, nowMs);
    const made = planRouterReplicas({
      desired: 1,
      current: 3,
      routers: routersOf(words),
      drainMs,
      policy: defaultPolicy,
      waits,
      ...changes,
    });
    this.#memory = waits.memory;
    return { ...made, nextMs: waits.nextMs };
  }
}

const plan = (words: string, changes: Partial<RouterReplicasInput> = {}) =>
  new Operator().plan(words, 0, changes);
const drained = ({ drains }: ReturnType<typeof plan>) => drains.map((drain) => drain.member);

describe('planRouterReplicas', () => {
  it.each([
    ['there is no set yet', 'serves', { current: undefined, desired: 3 }, 3],
    ['there are too few', 'serves serves', { current: 2, desired: 5 }, 5],
    ['there are as many as desired', 'serves serves', { current: 2, desired: 2 }, 2],
    ['those that go are empty', 'serves empty empty', {}, 1],
    ['those that go are gone', 'serves', {}, 1],
    ['those that go end already', 'serves leaving ending', {}, 1],
  ])('goes to what is desired when %s', (_, words, changes, replicas) => {
    expect(plan(words, changes)).toEqual({
      replicas,
      drains: [],
      begun: [],
      replacements: [],
      progress: undefined,
      nextMs: words.includes('empty') ? timeMs : undefined,
    });
  });

  it('drains all that go in the same plan, before it takes any away', () => {
    const made = plan('serves serves serves');
    expect(made).toMatchObject({
      replicas: 3,
      drains: [
        { member: 'demo-router-1', address: 'demo-router-1:8082', withinMs: drainMs },
        { member: 'demo-router-2', address: 'demo-router-2:8082', withinMs: drainMs },
      ],
      begun: ['demo-router-1', 'demo-router-2'],
    });
  });

  it('asks those again that did not begin, and no others; tells of the begin once', () => {
    const operator = new Operator();
    operator.plan('serves serves serves', 0);
    const again = operator.plan('serves serves drains', 1000);
    expect(again).toMatchObject({ replicas: 3, begun: [] });
    expect(drained(again)).toEqual(['demo-router-1']);
  });

  it('takes none away while one still has clients', () => {
    expect(plan('serves empty drains')).toMatchObject({
      replicas: 3,
      drains: [],
      progress: 'draining demo-router-2: 37 connections left',
    });
  });

  it('does not take a router for empty that has no clients just now and could get some', () => {
    const idle = routerOf('serves', 1);
    const state = sampleState('demo-router-1', undefined, { connections: 0, subscriptions: 0 });
    const routers = [routerOf('serves', 0), { ...idle, state }];
    const made = plan('', { routers, current: 2 });
    expect(made.replicas).toBe(2);
    expect(drained(made)).toEqual(['demo-router-1']);
  });

  it('waits for streams whose connection is not counted any more', () => {
    const state = sampleState('demo-router-1', undefined, {
      phase: control.Phase.DRAINING,
      subscriptions: 1,
    });
    const routers = [routerOf('serves', 0), { ...routerOf('drains', 1), state }];
    expect(plan('', { routers, current: 2 })).toMatchObject({
      replicas: 2,
      progress: 'draining demo-router-1: 1 subscription left',
    });
  });

  it('lets those go that had their time, and not before', () => {
    const operator = new Operator();
    operator.plan('serves serves silent', 0);
    expect(operator.plan('serves drains silent', timeMs - 1)).toMatchObject({
      replicas: 3,
      progress: 'draining demo-router-1: 37 connections left, demo-router-2: it does not answer',
      nextMs: 1,
    });
    expect(operator.plan('serves drains silent', timeMs).replicas).toBe(1);
  });

  it('gives a longer drain its time', () => {
    const operator = new Operator();
    const longer = { drainMs: 600_000 };
    operator.plan('serves serves', 0, { current: 2, ...longer });
    const late = operator.plan('serves drains', 600_000, { current: 2, ...longer });
    expect(late.replicas).toBe(2);
  });

  it('does not wait so long for one whose process is gone', () => {
    const operator = new Operator();
    const longer = { drainMs: 600_000 };
    expect(operator.plan('serves dead dead', 0, longer).replicas).toBe(3);
    const { unreadyMsMax } = defaultPolicy;
    expect(operator.plan('serves dead silent', unreadyMsMax, longer).replicas).toBe(3);
    expect(operator.plan('serves dead dead', 2 * unreadyMsMax, longer).replicas).toBe(3);
    expect(operator.plan('serves dead dead', 3 * unreadyMsMax, longer).replicas).toBe(1);
  });

  it('an operator that was restarted waits longer at most', () => {
    const operator = new Operator();
    operator.plan('serves serves serves', 0);
    const successor = new Operator();
    expect(successor.plan('serves drains drains', timeMs)).toMatchObject({
      replicas: 3,
      begun: [],
    });
    expect(successor.plan('serves drains drains', 2 * timeMs).replicas).toBe(1);
  });

  it('drains nobody while no router that stays is ready', () => {
    const made = plan('dead serves dead');
    expect(made).toMatchObject({
      replicas: 3,
      drains: [],
      begun: [],
      progress:
        'draining demo-router-2: it does not answer; demo-router-1 will be drained when a router that stays is ready',
    });
    const operator = new Operator();
    operator.plan('dead serves', 0, { current: 2 });
    expect(operator.plan('dead serves', 10 * timeMs, { current: 2 }).replicas).toBe(2);
    const later = operator.plan('serves serves', 10 * timeMs + 1, { current: 2 });
    expect(drained(later)).toEqual(['demo-router-1']);
  });

  it('replaces one that was drained and is wanted again, when it is empty', () => {
    const operator = new Operator();
    operator.plan('serves serves serves', 0);
    const wanted = { desired: 3 };
    expect(operator.plan('serves serves drains', 1000, wanted)).toMatchObject({
      replicas: 3,
      drains: [],
      replacements: [],
      progress:
        'drained routers that are wanted again are replaced when they are empty: demo-router-2: 37 connections left',
    });
    expect(operator.plan('serves serves empty', 3000, wanted)).toMatchObject({
      replicas: 3,
      replacements: [
        {
          pod: 'demo-router-2',
          uid: 'demo-router-2-uid',
          why: 'it was drained and is wanted again',
        },
      ],
      progress: undefined,
    });
  });

  it('replaces it when it had its time too, and leaves one alone that ends by itself', () => {
    const operator = new Operator();
    const wanted = { desired: 3 };
    operator.plan('serves drains leaving', 0, wanted);
    const made = operator.plan('serves drains ending', timeMs, wanted);
    expect(made.replacements.map(({ pod }) => pod)).toEqual(['demo-router-1']);
  });

  it('goes on with the others when only some are wanted again', () => {
    const operator = new Operator();
    operator.plan('serves serves serves serves', 0, { current: 4 });
    expect(
      operator.plan('serves empty empty drains', 1000, { current: 4, desired: 2 }),
    ).toMatchObject({
      replicas: 4,
      replacements: [{ pod: 'demo-router-1' }],
      progress: 'draining demo-router-3: 37 connections left',
    });
  });

  it('tells new numbers now and then: each is written down, and wakes the operator', () => {
    const operator = new Operator();
    const told = (connections: number, nowMs: number) => {
      const state = sampleState('demo-router-1', undefined, {
        phase: control.Phase.DRAINING,
        connections,
      });
      const routers = [routerOf('serves', 0), { ...routerOf('drains', 1), state }];
      return operator.plan('', nowMs, { routers, current: 2 }).progress;
    };
    expect(told(37, 0)).toMatch(/37 connections left$/);
    expect(told(20, 999)).toMatch(/37 connections left$/);
    expect(told(19, 1000)).toMatch(/19 connections left$/);
    expect(told(1, 1999)).toMatch(/19 connections left$/);
    expect(told(1, 2000)).toMatch(/1 connection left$/);
  });

  it('whatever happens, takes no router away that has clients and had less than its time', () => {
    const words = fc.constantFrom<Word>('serves', 'drains', 'empty', 'silent', 'leaving');
    const rounds = fc.array(
      fc.record({
        routers: fc.array(words, { minLength: 1, maxLength: 5 }),
        desired: fc.integer({ min: 1, max: 5 }),
        afterMs: fc.integer({ min: 0, max: timeMs }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(rounds, (steps) => {
        const operator = new Operator();
        let current = 5;
        let nowMs = 0;
        /** Since when each has been drained without a break. */
        const since = new Map<number, number>();
        for (const { routers, desired, afterMs } of steps) {
          nowMs += afterMs;
          const made = operator.plan(routers.join(' '), nowMs, { current, desired });
          expect(made.replicas).toBeLessThanOrEqual(Math.max(current, desired));
          expect(made.replicas).toBeGreaterThanOrEqual(desired);
          const stays = routers
            .slice(0, desired)
            .some((word) => word === 'serves' || word === 'silent');
          for (const [ordinal, word] of routers.entries()) {
            const isDrained = word === 'drains' || word === 'empty';
            const busy = word === 'serves' || word === 'drains' || word === 'silent';
            const isGoing = ordinal >= desired && current > desired && word !== 'leaving';
            const isWaited = isGoing ? stays || isDrained : ordinal < desired && isDrained;
            if (!isWaited) since.delete(ordinal);
            else if (!since.has(ordinal)) since.set(ordinal, nowMs);
            const hadItsTime = nowMs - (since.get(ordinal) ?? nowMs) >= timeMs;
            const goes =
              (made.replicas <= ordinal && ordinal < current) ||
              made.replacements.some(({ pod }) => pod === `demo-router-${ordinal}`);
            if (busy && goes) expect(hadItsTime).toBe(true);
          }
          current = made.replicas;
        }
      }),
      { numRuns: 500 },
    );
  });
});
