import { describe, expect, it } from 'vitest';
import { Stopwatch } from './stopwatch.ts';

describe('a stopwatch', () => {
  it('tells once how long an item took', () => {
    const watch = new Stopwatch();
    watch.sent(1, 100);
    watch.sent(2, 130);
    expect(watch.arrived(2, 150)).toBe(20);
    expect(watch.arrived(1, 150)).toBe(50);
    expect(watch.arrived(1, 160)).toBeUndefined();
  });

  it('knows nothing of what was refused or never sent', () => {
    const watch = new Stopwatch();
    watch.sent(1, 100);
    watch.forget(1);
    expect(watch.arrived(1, 150)).toBeUndefined();
    expect(watch.arrived(7, 150)).toBeUndefined();
  });

  it('forgets the oldest of what never comes back', () => {
    const watch = new Stopwatch();
    for (let n = 0; n < 1_000; n++) watch.sent(n, n);
    expect(watch.arrived(900, 1_000)).toBeUndefined();
    expect(watch.arrived(936, 1_000)).toBe(64);
  });
});
