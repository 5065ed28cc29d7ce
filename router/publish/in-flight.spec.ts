import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InFlight, Waiting } from './in-flight.ts';

const request = {
  cache: 'c',
  topic: 't',
  payload: new Uint8Array(1),
  text: false,
  publisherId: '',
};

type Step = { readonly add: true } | { readonly take: number } | { readonly shrink: true };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ add: true } as const) },
  { weight: 4, arbitrary: fc.record({ take: fc.nat(200) }) },
  { weight: 1, arbitrary: fc.constant({ shrink: true } as const) },
);

describe('publishes in flight', () => {
  it('are found by number, each once, in order, as in a map; also where numbers begin anew', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2 ** 31 - 20, 2 ** 32 - 20),
        fc.array(step, { maxLength: 400 }),
        (first, steps) => {
          const inFlight = new InFlight(first);
          const twin = new Map<number, Waiting>();
          let next = first;
          for (const it of steps) {
            if ('add' in it) {
              const waiting = new Waiting(request, 0, () => {});
              inFlight.add(waiting);
              expect(waiting.request).toBe(next);
              twin.set(next, waiting);
              next = (next + 1) >>> 0;
            } else if ('take' in it) {
              const number = (next - it.take) >>> 0;
              expect(inFlight.take(number)).toBe(twin.get(number));
              twin.delete(number);
            } else inFlight.shrink();
            expect(inFlight.size).toBe(twin.size);
          }
          expect([...inFlight]).toEqual([...twin.values()]);
        },
      ),
    );
  });

  it('may be taken out while they are gone through', () => {
    const inFlight = new InFlight();
    for (let count = 0; count < 200; count++) inFlight.add(new Waiting(request, 0, () => {}));
    const seen: number[] = [];
    for (const { request: number } of inFlight) {
      seen.push(number);
      inFlight.take(number);
    }
    expect(seen).toEqual(Array.from({ length: 200 }, (_, at) => at + 1));
    expect(inFlight.size).toBe(0);
  });
});
