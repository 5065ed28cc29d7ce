import { expect, test } from 'vitest';
import { readLogLine } from './log-line.ts';

test('warnings and errors are shown with their fields', () => {
  const line =
    '{"level":40,"time":"t","role":"router","name":"r-0","peer":"s-1","n":2,"msg":"link lost"}';
  expect(readLogLine(line)).toEqual({
    kind: 'notice',
    level: 'warn',
    text: 'link lost peer=s-1 n=2',
  });
  expect(readLogLine('{"level":50,"msg":"broken"}')).toMatchObject({ level: 'error' });
});

test('the rest is detail', () => {
  expect(readLogLine('{"level":30,"msg":"started"}')).toEqual({ kind: 'detail' });
  expect(readLogLine('  ')).toEqual({ kind: 'detail' });
});

test('what is no log event is kept as it is', () => {
  expect(readLogLine('Error: no')).toEqual({ kind: 'raw', text: 'Error: no' });
  expect(readLogLine('{ cut')).toEqual({ kind: 'raw', text: '{ cut' });
});
