import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cacheNameBytesMax,
  cacheNameProblem,
  topicNameBytesMax,
  topicNameProblem,
} from './names.ts';

describe('topicNameProblem', () => {
  it.each([
    ['', 'topic name is empty'],
    [' \u3000\u00a0', 'topic name is only white space'],
    ['a\u0000b', 'topic name holds the control character U+0000 at 1'],
    ['line\n', 'topic name holds the control character U+000A at 4'],
    ['\u001f', 'topic name holds the control character U+001F at 0'],
    ['x\ud800', 'topic name is not well-formed Unicode: lone surrogate U+D800 at 1'],
    ['\udc00\ud800', 'topic name is not well-formed Unicode: lone surrogate U+DC00 at 0'],
    ['\ud800x', 'topic name is not well-formed Unicode: lone surrogate U+D800 at 0'],
    ['é'.repeat(513), 'topic name is longer than 1024 bytes'],
  ])('refuses %j', (name, problem) => {
    expect(topicNameProblem(name)).toBe(problem);
  });

  it.each(['a', ' a ', 'a/b:c*', 'Größe', '主题', '🚀', '\u007f', 'é'.repeat(512), '__proto__'])(
    'takes %j',
    (name) => expect(topicNameProblem(name)).toBeUndefined(),
  );

  it('counts and judges as the platform does', () => {
    const names = fc.string({
      unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)),
      maxLength: 400,
    });
    const pairs = fc.string({ unit: 'binary', maxLength: 400 });
    fc.assert(
      fc.property(fc.oneof(names, pairs), (name) => {
        const isSound =
          name.trim() !== '' &&
          !name.split('').some((unit) => unit < ' ') &&
          Buffer.from(name).toString() === name &&
          Buffer.byteLength(name) <= topicNameBytesMax;
        expect(topicNameProblem(name) === undefined).toBe(isSound);
      }),
    );
  });

  it('does not walk a name of megabytes to its end', () => {
    expect(topicNameProblem('x'.repeat(10_000_000))).toBe('topic name is longer than 1024 bytes');
  });
});

describe('cacheNameProblem', () => {
  it('speaks of caches, with their own bound', () => {
    expect(cacheNameProblem('')).toBe('cache name is empty');
    expect(cacheNameProblem('x'.repeat(cacheNameBytesMax))).toBeUndefined();
    expect(cacheNameProblem('x'.repeat(129))).toBe('cache name is longer than 128 bytes');
  });
});
