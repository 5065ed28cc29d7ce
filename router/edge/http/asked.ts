import type { Asked } from '../start.ts';

/** `sequence_number` and `sequence_page` of a query; neither: from now on. Text: what is wrong, for people. */
export function askedIn(query: URLSearchParams): Asked | string {
  const sequence = numberIn(query, 'sequence_number');
  const page = numberIn(query, 'sequence_page');
  if (typeof sequence === 'string') return sequence;
  if (typeof page === 'string') return page;
  return { sequence, page };
}

/** The position of the event with this id: what follows it is asked for. Text: what is wrong, for people. */
export function askedAfter(eventId: string): Asked | string {
  const [, page, sequence] = /^(\d+)-(\d+)$/.exec(eventId) ?? [];
  const asked = { sequence: Number(sequence) + 1, page: Number(page) };
  if (Number.isSafeInteger(asked.sequence) && Number.isSafeInteger(asked.page)) return asked;
  return `the Last-Event-ID ${JSON.stringify(eventId)} is none of this API's: page-sequence`;
}

function numberIn(query: URLSearchParams, name: string): number | string {
  const text = query.get(name) ?? '0';
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  return `${name} must be a whole number from 0 to 2^53 - 1, is ${JSON.stringify(text)}`;
}
