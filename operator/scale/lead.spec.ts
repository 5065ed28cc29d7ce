import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Lead, leadMsMax, leadsMax, lookAheadMs, withLead } from './lead.ts';
import { noonMs } from './testing.ts';

const look = { intervalMs: 15_000, measuringMs: 8_000 };

function leads(...seconds: readonly number[]): readonly Lead[] {
  return seconds.map((it) => ({ atMs: noonMs, ms: it * 1000 }));
}

describe('lookAheadMs', () => {
  it('is what 19 of 20 members took, and the time until a look sees the load', () => {
    expect(lookAheadMs(leads(...Array.from({ length: 20 }, (_, it) => 41 + it)), look)).toBe(
      82_000,
    );
    expect(lookAheadMs(leads(40), look)).toBe(63_000);
  });

  it('is at least half a minute, and a minute before any member came, besides that time', () => {
    expect(lookAheadMs(leads(2), look)).toBe(53_000);
    expect(lookAheadMs([], look)).toBe(83_000);
  });

  it('is never less when a member took longer', () => {
    const some = fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: leadsMax });
    fc.assert(
      fc.property(some, fc.nat(600), fc.nat(600), (seconds, one, more) => {
        const shorter = lookAheadMs(leads(...seconds, one), look);
        expect(lookAheadMs(leads(...seconds, one + more), look)).toBeGreaterThanOrEqual(shorter);
      }),
    );
  });
});

describe('withLead', () => {
  it('keeps the latest', () => {
    let all: readonly Lead[] = [];
    for (let ms = 1; ms <= leadsMax + 5; ms += 1) all = withLead(all, { atMs: noonMs, ms });
    expect(all).toHaveLength(leadsMax);
    expect(all[0]?.ms).toBe(6);
  });

  it.each([-1, Number.NaN, leadMsMax + 1])('does not take %d ms for a lead', (ms) => {
    expect(withLead([], { atMs: noonMs, ms })).toEqual([]);
  });
});
