import { describe, expect, it } from 'vitest';
import { type JudgeInput, judge, judgeBounds, type Reading } from './judge.ts';
import type { Sample } from './load.ts';
import { noonMs, sampleLoad } from './testing.ts';

const names = Array.from({ length: 10 }, (_, ordinal) => `demo-router-${ordinal}`);

function sample(member: string, ratio = 0.5, agoMs = 5_000, dimension = 'cpu'): Sample {
  return { member, dimension, ratio, atMs: noonMs - agoMs };
}

function look(samples: readonly Sample[], change: Partial<JudgeInput> = {}) {
  return judge({
    reading: { kind: 'samples', samples },
    serving: names,
    nowMs: noonMs,
    before: sampleLoad(5, 10, noonMs - 15_000),
    doubted: undefined,
    bounds: judgeBounds,
    ...change,
  });
}

/** All report 0.5, but the first ones. */
function but(count: number, instead: (name: string) => readonly Sample[]): readonly Sample[] {
  return names.flatMap((name, index) => (index < count ? instead(name) : [sample(name)]));
}

describe('judge', () => {
  it('adds up what the members carry, in each dimension, and tells the hottest', () => {
    const samples = [
      ...names.map((it, index) => sample(it, index / 10)),
      ...names.map((it) => sample(it, 0.6, 0, 'memory')),
    ];
    const verdict = look(samples, { before: undefined });
    expect(verdict).toMatchObject({ kind: 'known', load: { reporting: 10, serving: 10 } });
    const dimensions = verdict.kind === 'known' ? verdict.load.dimensions : [];
    expect(dimensions.map((it) => [it.dimension, Number(it.load.toFixed(6))])).toEqual([
      ['memory', 6],
      ['cpu', 4.5],
    ]);
    expect(dimensions[1]?.hottest).toEqual({ member: 'demo-router-9', ratio: 0.9 });
  });

  it('takes one silent member of ten for an average one', () => {
    const verdict = look(but(1, () => []));
    expect(verdict).toMatchObject({ kind: 'known', load: { reporting: 9 } });
    expect(verdict.kind === 'known' && verdict.load.dimensions[0].load).toBeCloseTo(5);
  });

  it.each<[string, readonly Sample[], string, RegExp]>([
    ['nothing', [], 'NoData', /nothing about this tier/],
    ['members of another cluster', names.map((it) => sample(`x-${it}`)), 'NoData', /its labels/],
    ['two silent members', but(2, () => []), 'PartialData', /8 of 10 members report/],
    ['NaN', but(2, (it) => [sample(it, Number.NaN)]), 'Absurd', /NaN times/],
    ['infinity', but(2, (it) => [sample(it, Number.POSITIVE_INFINITY)]), 'Absurd', /Infinity/],
    ['a negative use', but(2, (it) => [sample(it, -0.1)]), 'Absurd', /-0.1 times/],
    ['a thousandfold use', names.map((it) => sample(it, 500)), 'Absurd', /500 times its limit/],
    [
      'a dimension that is known of nobody, beside one that is known of all',
      names.flatMap((it) => [sample(it, 0.1), sample(it, Number.NaN, 0, 'streams')]),
      'Absurd',
      /NaN times its limit of streams/,
    ],
    [
      'a dimension that stands still, beside one that does not',
      names.flatMap((it) => [sample(it, 0.1), sample(it, 0.5, 60_000, 'streams')]),
      'Stale',
      /60 s old/,
    ],
    ['samples of 46 s ago', names.map((it) => sample(it, 0.5, 46_000)), 'Stale', /46 s old/],
    ['ten minutes of standstill', names.map((it) => sample(it, 0.5, 600_000)), 'Stale', /600 s/],
    ['samples of the future', names.map((it) => sample(it, 0.5, -60_000)), 'Stale', /the clocks/],
    ['three times the load at once', names.map((it) => sample(it, 1.51)), 'Absurd', /at once/],
  ])('does not know the load from %s', (_, samples, reason, message) => {
    const verdict = look(samples);
    expect(verdict).toMatchObject({ kind: 'unknown', reason });
    expect(verdict.kind === 'unknown' && verdict.message).toMatch(message);
  });

  it('does not know the load when the source fails, nor of a tier without members', () => {
    const reading: Reading = { kind: 'failed', message: 'HTTP 500' };
    const failed = { kind: 'unknown', reason: 'QueryFailed', message: 'HTTP 500' };
    expect(look([], { reading })).toEqual(failed);
    expect(look([sample('demo-router-0')], { serving: [] })).toMatchObject({ reason: 'NoData' });
  });

  it('says what is carried at least by those that report', () => {
    const verdict = look(but(5, () => []));
    const atLeast = verdict.kind === 'unknown' ? verdict.atLeast : undefined;
    expect(atLeast).toMatchObject({ reporting: 5, serving: 10, dimensions: [{ load: 2.5 }] });
    expect(look([])).not.toHaveProperty('atLeast');
  });

  it('waits for a member that began to serve just now, and counts nothing for it', () => {
    const since = new Map(names.slice(0, 5).map((it) => [it, noonMs - 30_000]));
    const verdict = look(
      but(5, () => []),
      { since },
    );
    expect(verdict).toMatchObject({ kind: 'known', load: { reporting: 5, serving: 10 } });
    expect(verdict.kind === 'known' && verdict.load.dimensions[0].load).toBeCloseTo(2.5);
  });

  it.each([
    ['for a minute', noonMs - 60_000],
    ['since the future', noonMs + 1],
  ])('waits no longer for a member that serves %s', (_, sinceMs) => {
    const since = new Map(names.slice(0, 5).map((it) => [it, sinceMs]));
    const samples = but(5, () => []);
    expect(look(samples, { since })).toMatchObject({ reason: 'PartialData' });
  });

  it('believes a member that it carries several times what it is rated for', () => {
    const samples = names.map((it) => sample(it, 8));
    expect(look(samples, { before: undefined })).toMatchObject({ kind: 'known' });
  });

  it('believes a jump when it sees it twice', () => {
    const first = look(names.map((it) => sample(it, 1.6)));
    const doubted = first.kind === 'unknown' ? first.doubted : undefined;
    expect(doubted).toBeDefined();
    const again = names.map((it) => sample(it, 1.8));
    expect(look(again, { doubted })).toMatchObject({ kind: 'known' });
    expect(look(again)).toMatchObject({ kind: 'unknown' });
  });

  it('does not believe one jump because of another', () => {
    const doubted = sampleLoad(16, 10);
    const samples = names.flatMap((it) => [sample(it, 1.6), sample(it, 1.6, 0, 'memory')]);
    expect(look(samples, { doubted })).toMatchObject({ reason: 'Absurd' });
  });

  it('doubts no growth of a tier that was full, which could not say how much there was', () => {
    const before = sampleLoad(2, 2);
    expect(
      look(
        names.map((it) => sample(it, 0.8)),
        { before },
      ),
    ).toMatchObject({ kind: 'known' });
  });

  it('takes the worst of two samples of one member', () => {
    const samples = [...names.map((it) => sample(it)), sample('demo-router-3', 0.9)];
    const verdict = look(samples);
    expect(verdict.kind === 'known' && verdict.load.dimensions[0].hottest.ratio).toBe(0.9);
  });

  it('looks at a thousand members and eight dimensions', () => {
    const serving = Array.from({ length: 1000 }, (_, ordinal) => `m-${ordinal}`);
    const dimensions = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const samples = serving.flatMap((it) => dimensions.map((name) => sample(it, 0.1, 0, name)));
    const verdict = look(samples, { serving, before: undefined });
    expect(verdict).toMatchObject({ kind: 'known', load: { reporting: 1000 } });
  });
});
