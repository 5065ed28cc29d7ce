import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { LocalEvent } from '../../local/index.ts';
import { PersonView } from './view.ts';

/** What a person reads when these things happen; no terminal, so no colours and no live line. */
function told(...events: readonly LocalEvent[]): string[] {
  let text = '';
  const stream = { isTTY: false, write: (part: string) => (text += part) };
  const view = new PersonView(stream as unknown as NodeJS.WriteStream);
  for (const event of events) view.event(event, undefined);
  return stripVTControlCharacters(text).trimEnd().split('\n');
}
const settled: LocalEvent = { kind: 'settled' };
const file = 'c.yaml';

test('an edit is told with its end', () => {
  expect(told(settled, { kind: 'applied', file }, settled).slice(1)).toEqual([
    'c.yaml was edited: applying it',
    'Ready: everything asked for serves.',
  ]);
});

test('an edit that changes nothing is told as such, and is not followed by anything', () => {
  expect(told(settled, { kind: 'unchanged', file }, settled).slice(1)).toEqual([
    'c.yaml was edited: nothing changed in what it asks for',
  ]);
});

test('an edit that is refused says why, and what runs', () => {
  expect(told({ kind: 'refused', problems: ['c.yaml:1:1: is empty'] })).toEqual([
    'The edit is not applied, the cluster runs on as it was:',
    '  c.yaml:1:1: is empty',
  ]);
});
