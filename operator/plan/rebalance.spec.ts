import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { control } from '../../proto/index.ts';
import type { ObservedMember } from '../observe/index.ts';
import { sampleDead, sampleMember, sampleState } from '../sample.ts';
import { planRebalance, rebalanceBounds, takenFromTheTop } from './rebalance.ts';
import { type WaitMemory, Waits } from './waits.ts';

const { windowMs, windowsMax } = rebalanceBounds;

function router(
  ordinal: number,
  connections: number,
  changes: Partial<control.GetStateResponse> = {},
): ObservedMember {
  const state = sampleState(`demo-router-${ordinal}`, undefined, { connections, ...changes });
  return sampleMember('router', ordinal, undefined, { state });
}
const routersOf = (...counts: number[]) => counts.map((count, ordinal) => router(ordinal, count));

/** Plans of one operator, one after the other. */
class Operator {
  #memory: WaitMemory = new Map();

  plan(routers: readonly ObservedMember[], nowMs: number, isQuiet = true) {
    const waits = new Waits(this.#memory, nowMs);
    const made = planRebalance({ routers, isQuiet, waits });
    this.#memory = waits.memory;
    return { ...made, nextMs: waits.nextMs, remembered: this.#memory.size };
  }

  /** As a plan at 0 and another when a window has passed. */
  planned(routers: readonly ObservedMember[]) {
    this.plan(routers, 0);
    return this.plan(routers, windowMs);
  }
}

const shedsOf = ({ sheds }: { sheds: readonly { member: string; connections: number }[] }) => {
  return sheds.map(({ member, connections }) => `${member} ${connections}`);
};

describe('planRebalance', () => {
  it('moves a part of the connections of those that have too many', () => {
    const made = new Operator().planned(routersOf(300, 300, 300, 0));
    expect(made.sheds).toEqual(
      [0, 1, 2].map((ordinal) => ({
        member: `demo-router-${ordinal}`,
        address: `demo-router-${ordinal}:8082`,
        connections: 15,
        withinMs: 900,
      })),
    );
    expect(made.begun).toBe('routers have 0 to 300 connections, 225 on average: some are moved');
  });

  it('takes more from those that have more, and nothing from the others', () => {
    const made = new Operator().planned(routersOf(400, 250, 100, 50));
    expect(shedsOf(made)).toEqual(['demo-router-0 40']);
  });

  it('takes no more than what is left to move', () => {
    const operator = new Operator();
    operator.planned(routersOf(360, 250, 250, 250, 250, 250, 250, 250, 0));
    const made = operator.plan(
      routersOf(330, 262, 262, 262, 262, 262, 262, 262, 236),
      2 * windowMs,
    );
    expect(shedsOf(made)).toEqual([
      'demo-router-0 69',
      'demo-router-1 1',
      'demo-router-2 1',
      'demo-router-3 1',
    ]);
  });

  it('takes from the top: nobody has more afterwards than the least possible', () => {
    const counts = fc.array(fc.nat(50), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(counts, fc.nat(100), (numbers, part) => {
        const total = numbers.reduce((sum, count) => sum + count, 0);
        const whole = Math.floor((total * part) / 100);
        // One by one, from whoever has the most.
        const twin = [...numbers];
        for (let left = whole; left > 0; left--) {
          const most = twin.indexOf(Math.max(...twin));
          twin[most] = (twin[most] ?? 0) - 1;
        }
        const parts = takenFromTheTop(numbers, whole);
        const rest = numbers.map((count, index) => count - (parts[index] ?? 0));
        expect(parts.reduce((sum, count) => sum + count, 0)).toBe(whole);
        expect(parts.every((count) => count >= 0)).toBe(true);
        expect(Math.max(...rest)).toBe(Math.max(...twin));
      }),
    );
  });

  it.each([
    ['the numbers are about equal', [240, 200, 200, 200]],
    ['there are few', [18, 9, 0, 0]],
    ['chance makes such numbers', [21, 15, 12, 14, 20, 13]],
    ['there is one router', [900]],
    ['there is none', []],
  ])('moves nobody when %s', (_, counts) => {
    const operator = new Operator();
    const routers = routersOf(...counts);
    for (let nowMs = 0; nowMs < 5 * windowMs; nowMs += 1000) {
      expect(operator.plan(routers, nowMs)).toEqual({
        sheds: [],
        begun: undefined,
        givenUp: undefined,
        nextMs: undefined,
        remembered: 0,
      });
    }
  });

  it('goes on below the number at which it begins: it does not begin again and again', () => {
    const near = routersOf(236, 236, 236, 92);
    expect(shedsOf(new Operator().planned(near))).toEqual([]);
    const operator = new Operator();
    operator.planned(routersOf(300, 300, 300, 0));
    expect(shedsOf(operator.plan(near, 2 * windowMs))).not.toEqual([]);
  });

  it('waits for a whole window before it begins, and says when to look again', () => {
    const operator = new Operator();
    const uneven = routersOf(300, 300, 300, 0);
    expect(operator.plan(uneven, 0)).toMatchObject({ sheds: [], nextMs: windowMs });
    expect(operator.plan(uneven, windowMs - 1)).toMatchObject({ sheds: [], nextMs: 1 });
    expect(operator.plan(uneven, windowMs).sheds).toHaveLength(3);
  });

  it('sheds once in a window', () => {
    const operator = new Operator();
    const uneven = routersOf(300, 300, 300, 0);
    operator.planned(uneven);
    expect(operator.plan(uneven, windowMs)).toMatchObject({ sheds: [], nextMs: windowMs });
    expect(operator.plan(uneven, 2 * windowMs - 1).sheds).toEqual([]);
    const next = operator.plan(uneven, 2 * windowMs);
    expect(next.sheds).toHaveLength(3);
    expect(next.begun).toBeUndefined();
  });

  it('does not shed twice in a window when the operator was restarted', () => {
    const uneven = routersOf(300, 300, 300, 0);
    new Operator().planned(uneven);
    const successor = new Operator();
    expect(successor.plan(uneven, windowMs).sheds).toEqual([]);
    expect(successor.plan(uneven, 2 * windowMs - 1).sheds).toEqual([]);
    expect(successor.plan(uneven, 2 * windowMs).sheds).toHaveLength(3);
  });

  it.each<[string, ObservedMember[], boolean]>([
    ['something else goes on', routersOf(300, 300, 300, 0), false],
    ['a router is not ready', [...routersOf(300, 300, 300), sampleDead('router', 3)], true],
    [
      'a router is warming',
      [...routersOf(300, 300, 300), router(3, 0, { phase: control.Phase.WARMING })],
      true,
    ],
    [
      'a router is draining',
      [...routersOf(300, 300, 0), router(3, 300, { phase: control.Phase.DRAINING })],
      true,
    ],
    ['a router ends', [...routersOf(300, 300, 0), router(3, 300, { stopping: true })], true],
  ])('moves nobody while %s, and begins a window after', (_, routers, isQuiet) => {
    const operator = new Operator();
    operator.planned(routersOf(300, 300, 300, 0));
    expect(operator.plan(routers, 2 * windowMs, isQuiet).sheds).toEqual([]);
    const uneven = routersOf(300, 300, 300, 0);
    expect(operator.plan(uneven, 2 * windowMs + 1).sheds).toEqual([]);
    expect(operator.plan(uneven, 3 * windowMs).sheds).toEqual([]);
    expect(operator.plan(uneven, 3 * windowMs + 1).sheds).toHaveLength(3);
  });

  it('gives up when it leads nowhere, says so once, and tries again when a router comes', () => {
    const operator = new Operator();
    const sticky = routersOf(300, 300, 300, 0);
    const told: string[] = [];
    let sheds = 0;
    const until = (endMs: number, routers: readonly ObservedMember[], startMs: number) => {
      for (let nowMs = startMs; nowMs < endMs; nowMs += windowMs / 4) {
        const { sheds: now, begun, givenUp } = operator.plan(routers, nowMs);
        if (now.length > 0) sheds += 1;
        for (const news of [begun, givenUp]) if (news !== undefined) told.push(news);
      }
    };
    const firstMs = (windowsMax + 10) * windowMs;
    until(firstMs, sticky, 0);
    expect(sheds).toBe(windowsMax);
    expect(told).toHaveLength(2);
    expect(told[1]).toMatch(/^routers have 0 to 300 connections, .* and 40 times some were moved/);
    operator.plan(sticky, firstMs, false);
    until(2 * firstMs, sticky, firstMs);
    expect(sheds).toBe(windowsMax);
    until(3 * firstMs, routersOf(300, 300, 300, 0, 0), 2 * firstMs);
    expect(sheds).toBe(2 * windowsMax);
  });
});

type Balancer = 'lots' | 'turns';

/** Routers behind a load balancer, and an operator that looks twice a second. */
function simulate(counts: readonly number[], balancer: Balancer, seed: number, seconds: number) {
  const next = lots(seed);
  const now = [...counts];
  const total = counts.reduce((sum, count) => sum + count, 0);
  const operator = new Operator();
  const moves: number[] = [];
  const ratios: number[] = [];
  /** Routers whose client moves, by tenth of a second. */
  const due = new Map<number, number[]>();
  let turn = 0;
  for (let tenth = 0; tenth < seconds * 10; tenth++) {
    if (tenth % 5 === 0) {
      for (const { member, connections, withinMs } of operator.plan(routersOf(...now), tenth * 100)
        .sheds) {
        for (let index = 0; index < connections; index++) {
          const at = tenth + Math.floor((index * withinMs) / 100 / connections);
          due.set(at, [...(due.get(at) ?? []), Number(member.split('-').at(-1))]);
        }
      }
    }
    const leaving = due.get(tenth) ?? [];
    for (const from of leaving) {
      const to = balancer === 'turns' ? turn++ % now.length : Math.floor(next() * now.length);
      now[from] = (now[from] ?? 0) - 1;
      now[to] = (now[to] ?? 0) + 1;
    }
    moves.push(leaving.length);
    ratios.push((Math.max(...now) * now.length) / total);
  }
  const window = 100;
  const movedMax = Math.max(
    ...moves.map((_, at) =>
      moves.slice(Math.max(0, at - window + 1), at + 1).reduce((a, b) => a + b, 0),
    ),
  );
  return { counts: now, total, movedMax, ratios, moves };
}

/** mulberry32 */
function lots(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

describe('clients that come back through a load balancer', () => {
  const named = [300, 300, 300, 0];
  const levelSeconds = (ratios: readonly number[]) => {
    const last = ratios.findLastIndex((ratio) => ratio > rebalanceBounds.ratioMax);
    return (last + 1) / 10;
  };

  it('are spread within 120 s over three routers with 300 each and a new one, when they take turns', () => {
    const { ratios, movedMax } = simulate(named, 'turns', 1, 400);
    expect(levelSeconds(ratios)).toBeLessThanOrEqual(120);
    expect(movedMax).toBeLessThanOrEqual(45);
  });

  it('and when they draw lots, but for bad luck', () => {
    const seconds = Array.from({ length: 100 }, (_, seed) => {
      const { ratios, movedMax } = simulate(named, 'lots', seed, 400);
      expect(movedMax, `seed ${seed}`).toBeLessThanOrEqual(45);
      return levelSeconds(ratios);
    }).toSorted((a, b) => a - b);
    expect(seconds[50]).toBeLessThanOrEqual(110);
    expect(seconds[85]).toBeLessThanOrEqual(120);
    expect(seconds.at(-1)).toBeLessThanOrEqual(160);
  });

  it('are spread whatever the numbers, at most 5 % in any 10 s, and then left alone', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 2, maxLength: 8 });
    const balancers = fc.constantFrom<Balancer>('lots', 'turns');
    fc.assert(
      fc.property(sizes, balancers, fc.nat(), (counts, balancer, seed) => {
        const total = counts.reduce((sum, count) => sum + count, 0);
        const { counts: after, movedMax, moves } = simulate(counts, balancer, seed, 600);
        expect(movedMax).toBeLessThanOrEqual(total * rebalanceBounds.shareMax);
        expect(moves.slice(4500).every((moved) => moved === 0)).toBe(true);
        const idle = new Operator();
        expect(idle.planned(routersOf(...after)).sheds).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    [2, 1, 1 / 2],
    [3, 1, 1 / 2],
    [4, 1, 1 / 2],
    [4, 3, 1 / 2],
    [4, 1, 1 / 4],
    [4, 1, 0],
  ])(
    'are spread over %i routers, of which %i had all of them, when the part that holds streams is %d',
    (routers, had, share) => {
      for (let seed = 0; seed < 4; seed++) {
        const { counts, givenUp } = simulateIdle({ routers, had, share, seed });
        const mean = counts.reduce((sum, count) => sum + count, 0) / routers;
        expect(Math.max(...counts) / mean, `seed ${seed}`).toBeLessThanOrEqual(1.2);
        expect(givenUp).toEqual([]);
      }
    },
  );
});

/**
 * 900 connections, a part of which holds streams. A router sheds both kinds in proportion; a client without streams comes
 * back with its next call, up to half a minute later, and half of them don't within the time.
 */
function simulateIdle(given: { routers: number; had: number; share: number; seed: number }) {
  const { routers, had, share } = given;
  const next = lots(given.seed);
  const each = 900 / had;
  const now = Array.from({ length: routers }, (_, at) => {
    const holding = at < had ? Math.round(each * share) : 0;
    return { holding, idle: at < had ? Math.round(each - holding) : 0 };
  });
  const countsOf = () => now.map(({ holding, idle }) => holding + idle);
  const someRouter = () => now[Math.floor(next() * routers)] as (typeof now)[number];
  const operator = new Operator();
  const givenUp: string[] = [];
  const back: number[] = [];
  for (let second = 0; second < 900; second++) {
    for (let left = back[second] ?? 0; left > 0; left--) someRouter().idle += 1;
    const plan = operator.plan(routersOf(...countsOf()), second * 1_000);
    if (plan.givenUp !== undefined) givenUp.push(plan.givenUp);
    for (const { member, connections } of plan.sheds) {
      const from = now[Number(member.split('-').at(-1))] as (typeof now)[number];
      const holding = Math.round((connections * from.holding) / (from.holding + from.idle));
      from.holding -= holding;
      from.idle -= connections - holding;
      for (let moved = 0; moved < holding; moved++) someRouter().holding += 1;
      for (let moved = holding; moved < connections; moved++) {
        const at = second + 1 + Math.floor(next() * 60);
        if (at < second + 30) back[at] = (back[at] ?? 0) + 1;
      }
    }
  }
  return { counts: countsOf(), givenUp };
}
