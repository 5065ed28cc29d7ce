import { expect, test } from 'vitest';
import { mergeApplied } from './merge.ts';

test('a field that is named gets its value, others stay', () => {
  expect(mergeApplied({ a: 1, b: 2 }, {}, { a: 3 }, [])).toEqual({ a: 3, b: 2 });
});

test('a field that its manager names no more goes', () => {
  const before = { spec: { limits: { x: 1 }, replicas: 2 } };
  expect(mergeApplied(before, before, { spec: { replicas: 2 } }, [])).toEqual({
    spec: { replicas: 2 },
  });
});

test('a field that another manager names stays when one of them drops it', () => {
  const live = { labels: { a: '1', b: '2' } };
  expect(mergeApplied(live, { labels: { a: '1', b: '2' } }, {}, [{ labels: { b: '2' } }])).toEqual({
    labels: { b: '2' },
  });
});

test('dropping an object leaves the fields in it that this manager never named', () => {
  const live = { labels: { mine: '1', foreign: '2' } };
  expect(mergeApplied(live, { labels: { mine: '1' } }, {}, [])).toEqual({
    labels: { foreign: '2' },
  });
});

test('a list is one value', () => {
  const live = { list: [{ a: 1 }, { b: 2 }] };
  expect(mergeApplied(live, live, { list: [{ b: 2 }] }, [])).toEqual({ list: [{ b: 2 }] });
});
