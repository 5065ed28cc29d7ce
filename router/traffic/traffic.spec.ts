import { describe, expect, it } from 'vitest';
import { canaryCache } from '../../topology/index.ts';
import { labelledCachesMax, Traffic } from './traffic.ts';

const named = (count: number) => Array.from({ length: count }, (_, n) => `cache-${n}`);
const labels = (traffic: Traffic) => [...traffic.entries()].map(([label]) => label);

describe('traffic by cache', () => {
  it('has a label for each of the first caches, and one for all the others', () => {
    const traffic = new Traffic();
    traffic.follow(named(labelledCachesMax + 10));
    expect(labels(traffic)).toEqual([...named(labelledCachesMax), 'other']);
    expect(traffic.of(`cache-${labelledCachesMax}`)).toBe(traffic.of('never declared'));
  });

  it('keeps labels and counts when caches are removed and come back', () => {
    const traffic = new Traffic();
    traffic.follow(['a', 'b']);
    const { a, b } = { a: traffic.of('a'), b: traffic.of('b') };
    a.deliveredItems = 5;
    traffic.follow(['b', 'c']);
    expect(labels(traffic)).toEqual(['a', 'b', 'c', 'other']);
    traffic.follow(['c', 'a']);
    expect(traffic.of('a')).toBe(a);
    expect(traffic.of('b')).toBe(b);
    expect(traffic.deliveredItems).toBe(5);
  });

  it('never makes a label of what is only asked for', () => {
    const traffic = new Traffic();
    traffic.follow(['a']);
    for (let n = 0; n < 100; n++) traffic.of(`unknown ${n}`).published('cache-not-found', 3);
    traffic.nameless.published('invalid-argument', 0);
    expect(labels(traffic)).toEqual(['a', 'other']);
    const refused = traffic.of('unknown').publishes.get('cache-not-found');
    expect(refused).toEqual({ count: 100, bytes: 300 });
  });

  it('counts a cache of the name of the others among them', () => {
    const traffic = new Traffic();
    traffic.follow(['other', 'a']);
    expect(labels(traffic)).toEqual(['a', 'other']);
    expect(traffic.of('other')).toBe(traffic.of('never declared'));
  });

  it('leaves canaries out', () => {
    const traffic = new Traffic();
    traffic.follow(['a']);
    traffic.of(canaryCache).deliveredItems += 7;
    expect(traffic.deliveredItems).toBe(0);
    expect(labels(traffic)).toEqual(['a', 'other']);
  });
});
