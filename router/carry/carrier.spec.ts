import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { link } from '../../proto/index.ts';
import type { CarryPort } from '../link/index.ts';
import { Carrier } from './carrier.ts';

const { TAKEN, NOT_YET } = link.HandoffOutcome;

class Wire implements CarryPort {
  readonly member: string;
  state: CarryPort['state'] = 'open';
  halfFull = false;
  readonly handoffs: link.Handoff[] = [];
  readonly results: link.HandoffResult[] = [];
  constructor(member: string) {
    this.member = member;
  }
  handoff(handoff: link.Handoff): void {
    this.handoffs.push(handoff);
  }
  handoffResult(result: link.HandoffResult): void {
    this.results.push(result);
  }
}

function setUp(unansweredMax = 10) {
  const up = new Map(['a', 'b'].map((name) => [name, new Wire(name)]));
  const carrier = new Carrier({ open: (member) => up.get(member) }, unansweredMax);
  const wire = (name: string): Wire => up.get(name) as Wire;
  return { up, carrier, a: wire('a'), b: wire('b') };
}

const version = { term: 1, epoch: 3 };
const handoff = (number: number, change: Partial<link.Handoff> = {}): link.Handoff => {
  return { from: 'a', to: 'b', version, number, topics: [], last: false, ...change };
};
const result = (number: number, outcome: link.HandoffOutcome): link.HandoffResult => {
  return { from: 'a', to: 'b', version, number, outcome };
};

describe('a handoff', () => {
  it('goes to its target as it is, and the answer back to its source', () => {
    const { carrier, a, b } = setUp();
    const given = handoff(1, { last: true });
    carrier.carry([given]);
    expect(b.handoffs).toEqual([given]);
    carrier.answered(b, [result(1, TAKEN)]);
    expect(a.results).toEqual([result(1, TAKEN)]);
    expect(carrier.unanswered).toBe(0);
  });

  it('is answered NOT_YET at once when its target has no open link', () => {
    const { carrier, up, a } = setUp();
    up.delete('b');
    carrier.carry([handoff(1)]);
    expect(a.results).toEqual([result(1, NOT_YET)]);
    expect(carrier.counts).toEqual({ carried: 0, notYet: 1 });
  });

  it('is answered NOT_YET at once when its target does not keep up', () => {
    const { carrier, a, b } = setUp();
    b.halfFull = true;
    carrier.carry([handoff(1)]);
    expect([a.results, b.handoffs]).toEqual([[result(1, NOT_YET)], []]);
  });

  it('is answered NOT_YET at once when too many wait for its target, but for one that waits already', () => {
    const { carrier, a, b } = setUp(2);
    carrier.carry([handoff(1), handoff(2), handoff(3), handoff(2)]);
    expect(a.results).toEqual([result(3, NOT_YET)]);
    expect(b.handoffs.map(({ number }) => number)).toEqual([1, 2, 2]);
    carrier.answered(b, [result(1, TAKEN)]);
    carrier.carry([handoff(3)]);
    expect(b.handoffs.at(-1)?.number).toBe(3);
  });

  it('is answered NOT_YET when the link to its target breaks before the answer', () => {
    const { carrier, a, b } = setUp();
    carrier.carry([handoff(1), handoff(2)]);
    carrier.answered(b, [result(1, TAKEN)]);
    carrier.broke(b);
    expect(a.results).toEqual([result(1, TAKEN), result(2, NOT_YET)]);
    expect(carrier.unanswered).toBe(0);
  });

  it('is answered over the link that its source has by then', () => {
    const { carrier, up, a, b } = setUp();
    carrier.carry([handoff(1), handoff(2)]);
    up.delete('a');
    carrier.answered(b, [result(1, TAKEN)]);
    const again = new Wire('a');
    up.set('a', again);
    carrier.answered(b, [result(2, TAKEN)]);
    expect([a.results, again.results]).toEqual([[], [result(2, TAKEN)]]);
  });

  it('of another version or source is another one', () => {
    const { carrier, up, a, b } = setUp();
    const c = new Wire('c');
    up.set('c', c);
    carrier.carry([handoff(1), handoff(1, { from: 'c' }), handoff(1, { version: undefined })]);
    carrier.answered(b, [{ ...result(1, TAKEN), from: 'c' }]);
    expect([a.results, c.results.length, carrier.unanswered]).toEqual([[], 1, 2]);
  });

  it('that nobody carried brings no answer', () => {
    const { carrier, a, b } = setUp();
    carrier.answered(b, [result(1, TAKEN)]);
    carrier.carry([handoff(1)]);
    carrier.answered(a, [result(1, TAKEN)]);
    expect(a.results).toEqual([]);
  });
});

describe('any history of carried handoffs', () => {
  const number = fc.integer({ min: 1, max: 6 });
  const step = fc.oneof(
    fc.record({ carry: number }),
    fc.record({ answer: number }),
    fc.record({ full: fc.boolean() }),
    fc.constant({ cut: true }),
  );

  it('gives each an answer in the end, TAKEN only when the target said so, and keeps no more than it may', () => {
    fc.assert(
      fc.property(fc.array(step), fc.integer({ min: 1, max: 4 }), (steps, max) => {
        const { up, carrier, a } = setUp(max);
        let b = up.get('b') as Wire;
        const waiting = new Set<number>();
        const answers: link.HandoffResult[] = [];
        for (const one of steps) {
          if ('carry' in one) {
            carrier.carry([handoff(one.carry)]);
            const isRoom = waiting.has(one.carry) || waiting.size < max;
            if (!b.halfFull && isRoom) waiting.add(one.carry);
            else answers.push(result(one.carry, NOT_YET));
          } else if ('answer' in one) {
            carrier.answered(b, [result(one.answer, TAKEN)]);
            if (waiting.delete(one.answer)) answers.push(result(one.answer, TAKEN));
          } else if ('full' in one) b.halfFull = one.full;
          else {
            carrier.broke(b);
            for (const unanswered of waiting) answers.push(result(unanswered, NOT_YET));
            waiting.clear();
            b = new Wire('b');
            up.set('b', b);
          }
          expect(a.results).toEqual(answers);
          expect(carrier.unanswered).toBe(waiting.size);
        }
      }),
    );
  });
});
