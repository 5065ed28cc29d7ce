import { describe, expect, test } from 'vitest';
import { backText, interruptedText } from './interruption.ts';
import { fromNow } from './position.ts';

const at = { sequence: 8, page: 3 };
const refused =
  'No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1 (2026-01-01T00:00:00.000Z). Resolution note: ';

describe('a subscription that breaks off', () => {
  const told = (details: string, connected: boolean, start = at): string =>
    interruptedText(details, { endpoint: 'here:1', connected, at: start });

  test('says in plain words why, and that it comes back', () => {
    expect(told(refused, false)).toBe('connection to here:1 lost (ECONNREFUSED); trying again');
    expect(told('too many streams', true)).toBe(
      'subscription ended by here:1 (too many streams); trying again',
    );
  });
  test('without a position says that it will not see what comes meanwhile', () => {
    expect(told(refused, false, fromNow)).toMatch(
      /; what is published until it is back is not seen$/,
    );
  });
  test('says where it goes on', () => {
    expect(backText(at)).toBe('back, going on after item 7');
    expect(backText({ sequence: 1, page: 3 })).toBe('back, beginning with item 1');
    expect(backText(fromNow)).toBe('back');
  });
});
