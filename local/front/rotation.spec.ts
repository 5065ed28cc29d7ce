import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Rotation } from './rotation.ts';

const picks = (rotation: Rotation, count: number) =>
  Array.from({ length: count }, () => rotation.next());

test('everyone has its turn, in the same order each round', () => {
  const rotation = new Rotation();
  rotation.set(['a', 'b', 'c']);
  expect(picks(rotation, 6)).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
});

test('nobody is next when there is nobody, or all are left out', () => {
  const rotation = new Rotation();
  expect(rotation.next()).toBeUndefined();
  rotation.set(['a']);
  expect(rotation.next(new Set(['a']))).toBeUndefined();
});

test('one that was left out has its turn as soon as it is not', () => {
  const rotation = new Rotation();
  rotation.set(['a', 'b']);
  expect(rotation.next(new Set(['a']))).toBe('b');
  expect(rotation.next()).toBe('a');
});

test('a newcomer gets its turn at once, and not twice in a round', () => {
  const rotation = new Rotation();
  rotation.set(['a', 'b']);
  picks(rotation, 3);
  rotation.set(['a', 'b', 'c']);
  expect(picks(rotation, 4)).toEqual(['c', 'b', 'a', 'c']);
});

test('between changes of members, turns of any two members differ by one at most', () => {
  const names = fc.subarray(['a', 'b', 'c', 'd', 'e'], { minLength: 1 });
  fc.assert(
    fc.property(fc.array(fc.tuple(names, fc.nat(20)), { minLength: 1 }), (rounds) => {
      const rotation = new Rotation();
      for (const [members, count] of rounds) {
        rotation.set(members);
        const got = picks(rotation, count);
        const turns = members.map((name) => got.filter((picked) => picked === name).length);
        expect(Math.max(...turns) - Math.min(...turns)).toBeLessThanOrEqual(1);
      }
    }),
  );
});
