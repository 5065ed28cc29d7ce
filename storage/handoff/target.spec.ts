import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { link } from '../../proto/index.ts';
import { HandoffTarget } from './target.ts';

const version = { term: 1, epoch: 5 };
const state: link.TopicState = {
  cache: 'c',
  topic: 't',
  page: 1,
  head: 0,
  items: [],
  agesMs: [],
  orphans: [],
};

function handoff(change: Partial<link.Handoff> = {}): link.Handoff {
  return { from: 's-0', to: 's-1', version, number: 1, topics: [state], last: false, ...change };
}

function start(): HandoffTarget {
  const target = new HandoffTarget('s-1', 10);
  target.follow({ version, sources: new Set(['s-0', 's-2']) });
  return target;
}

describe('a target', () => {
  it('takes topics of a source in exactly its version', () => {
    expect(start().receive(handoff())).toEqual({ is: 'taken', topics: [state], last: false });
  });

  it.each([
    ['of an earlier version', { version: { term: 1, epoch: 4 } }],
    ['of a later version', { version: { term: 1, epoch: 6 } }],
    ['of another term', { version: { term: 2, epoch: 5 } }],
    ['without a version', { version: undefined }],
    ['for somebody else', { to: 's-2' }],
    ['from one that is no source', { from: 's-9' }],
  ])('takes nothing %s', (_what, change) => {
    const target = start();
    expect(target.receive(handoff({ last: true, ...change }))).toEqual({ is: 'not-yet' });
    expect(target.mayCome('s-0', 'c', 't')).toBe(true);
  });

  it('takes nothing while no topology makes it one', () => {
    const target = new HandoffTarget('s-1', 10);
    expect(target.receive(handoff())).toEqual({ is: 'not-yet' });
    expect(target.mayCome('s-0', 'c', 't')).toBe(false);
  });

  it('expects topics of each source until that has said last, which is news once', () => {
    const target = start();
    expect(target.receive(handoff({ topics: [], last: true }))).toMatchObject({ last: true });
    expect([target.mayCome('s-0', 'c', 't'), target.mayCome('s-2', 'c', 't')]).toEqual([
      false,
      true,
    ]);
    expect(target.receive(handoff({ topics: [], last: true }))).toMatchObject({ last: false });
  });

  it('expects them again in the next version, of those who are sources then', () => {
    const target = start();
    target.receive(handoff({ topics: [], last: true }));
    target.follow({ version: { term: 1, epoch: 6 }, sources: new Set(['s-0']) });
    expect([target.mayCome('s-0', 'c', 't'), target.mayCome('s-2', 'c', 't')]).toEqual([
      true,
      false,
    ]);
  });

  it('knows what its dumb twin knows, whatever comes', () => {
    const epochs = fc.integer({ min: 4, max: 6 });
    const names = fc.constantFrom('s-0', 's-1', 's-2', 's-3');
    const step = fc.oneof(
      fc.record({ epoch: epochs, sources: fc.uniqueArray(names) }),
      fc.record({ epoch: epochs, from: names, to: names, last: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const target = new HandoffTarget('s-1', 10);
        let held: { epoch: number; sources: string[] } | undefined;
        let lasts: string[] = [];
        for (const one of steps) {
          if ('sources' in one) {
            held = one;
            lasts = [];
            const sources = new Set(one.sources);
            target.follow({ version: { term: 1, epoch: one.epoch }, sources });
          } else {
            const { epoch, from, to, last } = one;
            const fits = held?.epoch === epoch && to === 's-1' && held.sources.includes(from);
            const asked = handoff({ version: { term: 1, epoch }, from, to, last });
            expect(target.receive(asked).is).toBe(fits ? 'taken' : 'not-yet');
            if (fits && last) lasts.push(from);
          }
          for (const name of ['s-0', 's-1', 's-2', 's-3']) {
            const expected = held?.sources.includes(name) === true && !lasts.includes(name);
            expect(target.mayCome(name, 'c', 't')).toBe(expected);
          }
        }
      }),
    );
  });
});
