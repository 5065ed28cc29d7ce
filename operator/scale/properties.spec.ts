import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import type { ScaleInput } from './decision.ts';
import type { Unknown, Verdict } from './judge.ts';
import { partsMax, type ScaleMemory, stepsMax } from './memory.ts';
import { noonMs, sampleInput, sampleLoad, sampleScaling } from './testing.ts';

const count = fc.integer({ min: 1, max: 60 });
const amount = fc.double({ min: 0, max: 80, noNaN: true });
const agoMs = fc.integer({ min: -60_000, max: 1_200_000 });

const behaviour = fc.record({
  paused: fc.boolean(),
  tolerance: fc.double({ min: 0, max: 0.5, noNaN: true }),
  stabilisationMs: fc.constantFrom(0, 60_000, 180_000),
  stepMembers: fc.integer({ min: 1, max: 8 }),
  stepPart: fc.double({ min: 0, max: 4, noNaN: true }),
  periodMs: fc.constantFrom(15_000, 60_000),
});

const spec = fc.record({
  min: count,
  max: count,
  target: fc.double({ min: 0.1, max: 0.95, noNaN: true }),
  spare: fc.integer({ min: 1, max: 4 }),
  forecast: fc.boolean(),
  oneByOne: fc.boolean(),
  out: behaviour,
  in: behaviour,
});

const memory: fc.Arbitrary<ScaleMemory> = fc.record({
  sinceMs: fc.option(
    agoMs.map((it) => noonMs - it),
    { nil: undefined },
  ),
  lastMs: fc.option(
    agoMs.map((it) => noonMs - it),
    { nil: undefined },
  ),
  recommendations: fc.array(
    fc.record({ atMs: agoMs.map((it) => noonMs - it), least: count, most: count }),
    { maxLength: partsMax },
  ),
  steps: fc.array(fc.record({ atMs: agoMs.map((it) => noonMs - it), from: count, to: count }), {
    maxLength: stepsMax,
  }),
});

const known = fc
  .record({ load: amount, serving: count })
  .map(({ load, serving }): Verdict => ({ kind: 'known', load: sampleLoad(load, serving) }));

const unknown = fc
  .record({
    reason: fc.constantFrom<Unknown>('QueryFailed', 'NoData', 'PartialData', 'Stale', 'Absurd'),
    carried: fc.option(amount, { nil: undefined }),
  })
  .map(({ reason, carried }): Verdict => {
    const atLeast = carried === undefined ? {} : { atLeast: sampleLoad(carried, 10) };
    return { kind: 'unknown', reason, message: 'somehow', ...atLeast };
  });

const history = fc
  .array(amount, { maxLength: 40 })
  .map((loads) =>
    loads.map((load, index) => sampleLoad(load, 10, noonMs - (loads.length - index) * 15_000)),
  );

function inputs(verdict: fc.Arbitrary<Verdict>): fc.Arbitrary<ScaleInput> {
  return fc
    .record({
      spec,
      current: count,
      memory,
      verdict,
      fallback: fc.option(fc.oneof(known, unknown), { nil: undefined }),
      history,
      busy: fc.option(fc.constant('topics move'), { nil: undefined }),
    })
    .map((it) => {
      const now = it.verdict.kind === 'known' ? [it.verdict.load] : [];
      return sampleInput(it.current, 0, { ...it, history: [...it.history, ...now] });
    });
}

const any = inputs(fc.oneof(known, unknown));

function floorOf({ spec: { min, max } }: ScaleInput): number {
  return Math.min(min, max);
}

describe('decide, whatever it is asked', () => {
  it('leaves the range never, and comes back to it', () => {
    fc.assert(
      fc.property(any, (it) => {
        const { desired } = decide(it);
        const { max, oneByOne } = it.spec;
        const isTooMany = it.current > max && oneByOne;
        expect(desired).toBeGreaterThanOrEqual(floorOf(it));
        expect(desired).toBeLessThanOrEqual(isTooMany ? it.current : max);
      }),
    );
  });

  it('takes no member away, and adds one at most, when the load is not known', () => {
    fc.assert(
      fc.property(inputs(unknown), (it) => {
        fc.pre(it.current >= floorOf(it) && it.current <= it.spec.max);
        const { desired } = decide(it);
        expect([it.current, it.current + 1]).toContain(desired);
      }),
    );
  });

  it('takes no member away while something goes on, or while that is paused', () => {
    fc.assert(
      fc.property(any, (it) => {
        fc.pre(it.current <= it.spec.max && (it.busy !== undefined || it.spec.in.paused));
        expect(decide(it).desired).toBeGreaterThanOrEqual(it.current);
      }),
    );
  });

  it('takes one member away at most where they go one by one', () => {
    fc.assert(
      fc.property(any, (it) => {
        fc.pre(it.spec.oneByOne);
        expect(decide(it).desired).toBeGreaterThanOrEqual(it.current - 1);
      }),
    );
  });

  it('has no fewer members for more load', () => {
    fc.assert(
      fc.property(inputs(known), amount, count, (it, load, serving) => {
        const sized = (carried: number) =>
          decide({
            ...it,
            spec: { ...it.spec, forecast: false },
            verdict: { kind: 'known', load: sampleLoad(carried, serving) },
          }).desired;
        expect(sized(load * 1.5)).toBeGreaterThanOrEqual(sized(load));
      }),
    );
  });

  it('says what it did in words, and keeps its memory small', () => {
    fc.assert(
      fc.property(any, (it) => {
        const { desired, message, memory: next } = decide(it);
        const what =
          desired === it.current ? `stays at ${desired}: ` : `${it.current} -> ${desired}: `;
        expect(message.startsWith(what)).toBe(true);
        expect(message).not.toMatch(/NaN|undefined|Infinity/);
        expect(next.recommendations.length).toBeLessThanOrEqual(partsMax);
        expect(next.steps.length).toBeLessThanOrEqual(stepsMax);
      }),
    );
  });
});

describe('a tier that is left alone', () => {
  it('comes to rest, and carries its load with one member fewer', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 70, noNaN: true }), count, (load, first) => {
        let current = first;
        let remembered = sampleInput(2, 0).memory;
        const sizes: number[] = [];
        for (let look = 1; look <= 80; look += 1) {
          const nowMs = noonMs + look * 15_000;
          const input = sampleInput(current, load, {
            nowMs,
            memory: remembered,
            spec: sampleScaling(),
          });
          const decision = decide(input);
          remembered = decision.memory;
          current = decision.desired;
          sizes.push(current);
        }
        expect(new Set(sizes.slice(-20)).size).toBe(1);
        expect(current - 1).toBeGreaterThanOrEqual(Math.min(99, load));
      }),
    );
  });
});
