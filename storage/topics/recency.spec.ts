import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Place, Recency } from './recency.ts';

describe('a recency list', () => {
  it('orders like an array that is searched and spliced', () => {
    const action = fc.record({ touch: fc.boolean(), which: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 100 }), (actions) => {
        const places = Array.from({ length: 10 }, (_, value) => new Place(value));
        const list = new Recency<number>();
        let twin: number[] = [];
        for (const { touch, which } of actions) {
          const place = places[which] as Place<number>;
          twin = twin.filter((value) => value !== which);
          if (touch) {
            list.touch(place);
            twin.push(which);
          } else {
            list.remove(place);
          }
          expect([...list]).toEqual(twin);
          expect(list.oldest()).toBe(twin[0]);
          expect(list.size).toBe(twin.length);
        }
      }),
    );
  });

  it('lets the value just given be removed on the way', () => {
    const list = new Recency<number>();
    const places = [1, 2, 3].map((value) => new Place(value));
    for (const place of places) list.touch(place);
    const seen: number[] = [];
    for (const value of list) {
      seen.push(value);
      list.remove(places[value - 1] as Place<number>);
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(list.size).toBe(0);
  });
});
