import { describe, expect, test } from 'vitest';
import { LiveLine } from './live-line.ts';
import { paintFor } from './paint.ts';
import { count, table } from './table.ts';

function stream(isTTY: boolean) {
  const written: string[] = [];
  const fake = {
    isTTY,
    columns: 20,
    hasColors: () => isTTY,
    write: (text: string) => written.push(text),
  };
  return { stream: fake as unknown as NodeJS.WriteStream, written };
}

describe('colours', () => {
  const coloured = (isTTY: boolean, env: NodeJS.ProcessEnv): boolean =>
    paintFor(stream(isTTY).stream, env)('red', 'x') !== 'x';
  test('are for terminals', () => {
    expect(coloured(true, {})).toBe(true);
    expect(coloured(false, {})).toBe(false);
  });
  test('can be refused and forced', () => {
    expect(coloured(true, { NO_COLOR: '1' })).toBe(false);
    expect(coloured(false, { FORCE_COLOR: '1' })).toBe(true);
  });
});

describe('the live line', () => {
  test('changes in place, cut to the width, and stays below what is printed', () => {
    const { stream: terminal, written } = stream(true);
    const live = new LiveLine(terminal);
    live.show('one of a long text that does not fit');
    live.show('two');
    live.print('above');
    live.done();
    live.print('after');
    expect(written).toEqual([
      '\r\x1b[2Kone of a long text ',
      '\r\x1b[2Ktwo',
      '\r\x1b[2Kabove\ntwo',
      '\r\x1b[2K',
      'after\n',
    ]);
  });
  test('is not there without a terminal', () => {
    const { stream: file, written } = stream(false);
    const live = new LiveLine(file);
    live.show('progress');
    live.print('line');
    live.done();
    expect(written).toEqual(['line\n']);
  });
});

test('a table has columns as wide as need be', () => {
  expect(
    table([
      ['a', 'bbb', 'c'],
      ['aaaa', 'b', ''],
    ]),
  ).toEqual(['a     bbb  c', 'aaaa  b']);
});

test('amounts are in the right number', () => {
  expect([count(0, 'item'), count(1, 'item'), count(2, 'item')]).toEqual([
    '0 items',
    '1 item',
    '2 items',
  ]);
});
