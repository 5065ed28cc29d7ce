import { describe, expect, test } from 'vitest';
import { plain } from '../terminal/index.ts';
import { afterLook, framed, type Look, type Watching, type WatchStep } from './watch.ts';

const noon = new Date(2026, 0, 1, 12, 0, 0).getTime();
const seen = (text: string): Look => ({ kind: 'seen', text });
const absent = (why: string): Look => ({ kind: 'absent', what: 'TopicCluster demo', why });
const unseen = (why: string): Look => ({ kind: 'unseen', why });

/** One look a second, from noon on. */
function watching(...looks: readonly Look[]): WatchStep[] {
  const steps: WatchStep[] = [];
  let before: Watching | undefined;
  for (const [second, look] of looks.entries()) {
    const step = afterLook(before, look, noon + second * 1000, plain);
    steps.push(step);
    before = step.watching;
  }
  return steps;
}
const screens = (...looks: readonly Look[]) => watching(...looks).map(({ screen }) => screen);
const lines = (...looks: readonly Look[]) => {
  return watching(...looks).flatMap((step) => step.lines.map(({ to, text }) => `${to}: ${text}`));
};

describe('a screen', () => {
  test('keeps what was seen last and says that it is stale, why, and since when', () => {
    expect(screens(seen('one'), unseen('refused'), unseen('silent'), seen('two'))).toEqual([
      'one',
      'STALE, as it was at 12:00:00: refused\n\none',
      'STALE, as it was at 12:00:00: silent\n\none',
      'two',
    ]);
  });

  test('says that what it showed was deleted, and when, whatever happens after', () => {
    const gone = 'TopicCluster demo was deleted; waiting for another of its name';
    expect(screens(seen('one'), absent('none'), unseen('refused'), seen('two'))).toEqual([
      'one',
      `DELETED by 12:00:01: ${gone}`,
      `DELETED by 12:00:01: ${gone}\nrefused`,
      'two',
    ]);
  });

  test('says what it waits for before there was anything to see', () => {
    expect(screens(unseen('nobody'), seen('one'))).toEqual([
      'waiting for a cluster: nobody',
      'one',
    ]);
  });
});

describe('lines', () => {
  test('tell of each change, once', () => {
    expect(lines(seen('one'), seen('one'), seen('two'), seen('one'))).toEqual([
      'out: one',
      'out: two',
      'out: one',
    ]);
  });

  test('tell nothing of what only grew older, which a screen shows', () => {
    const older = (text: string, key: string): Look => ({ kind: 'seen', text, key });
    const looks = [older('one, 1s', 'one'), older('one, 2s', 'one'), unseen('refused')];
    expect(lines(...looks, older('one, 4s', 'one'), older('two, 5s', 'two'))).toEqual([
      'out: one, 1s',
      'err: refused\nthe last status is of 12:00:01; trying again until there is another',
      'err: the status can be had again, after 1 s',
      'out: two, 5s',
    ]);
    expect(screens(...looks.slice(0, 2))).toEqual(['one, 1s', 'one, 2s']);
  });

  test('of one cluster after another have their times, and space between them', () => {
    expect(framed('one', noon, true) + framed('two', noon + 1000, false)).toBe(
      '12:00:00\none\n12:00:01\ntwo',
    );
  });

  test('tell of an outage when it begins and when it ends, whatever its reasons', () => {
    const outage = Array.from({ length: 100 }, (_, n) => unseen(`reason ${n}`));
    expect(lines(seen('one'), ...outage, seen('one'), seen('one'))).toEqual([
      'out: one',
      'err: reason 0\nthe last status is of 12:00:00; trying again until there is another',
      'err: the status can be had again, after 100 s',
    ]);
  });

  test('tell what changed meanwhile', () => {
    expect(lines(seen('one'), unseen('refused'), seen('two')).slice(2)).toEqual([
      'err: the status can be had again, after 1 s',
      'out: two',
    ]);
  });

  test('tell of a deletion and of the next cluster, also after an outage', () => {
    const looks = [absent('none'), unseen('refused'), absent('none'), seen('one')];
    const news = 'err: TopicCluster demo was deleted; waiting for another of its name';
    expect(lines(seen('one'), ...looks)).toEqual([
      'out: one',
      news,
      'err: TopicCluster demo was made again, after 3 s',
      'out: one',
    ]);
    expect(lines(seen('one'), unseen('refused'), absent('none')).slice(2)).toEqual([news]);
  });

  test('tell once what is waited for, whether it is not there or not seen', () => {
    for (const first of [unseen('nobody'), absent('nobody')]) {
      expect(lines(first, unseen('nobody here'), absent('none'), seen('one'))).toEqual([
        'err: waiting for a cluster: nobody',
        'out: one',
      ]);
    }
  });
});
