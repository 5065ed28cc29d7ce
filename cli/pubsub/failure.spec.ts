import { expect, test } from 'vitest';
import { isForeign, lossOf } from './failure.ts';

const unconnected = (error: string): string =>
  `No connection established. Last error: ${error} (2026-01-01T00:00:00.000Z). Resolution note: `;

test.each([
  [unconnected('connect ECONNREFUSED 127.0.0.1:1'), 'ECONNREFUSED'],
  ['read ECONNRESET', 'ECONNRESET'],
  ['Name resolution failed for target dns:nowhere:1: getaddrinfo ENOTFOUND nowhere', 'ENOTFOUND'],
  ['Connection dropped', 'it was closed'],
  ['Stream closed with error code 7', 'it was closed'],
  ['Deadline exceeded after 10.0s', 'no answer'],
  [unconnected('something new'), 'something new'],
  ['', 'no reason given'],
])('%s: %s', (details, words) => {
  expect(lossOf(details)).toBe(words);
});

test('what does not speak HTTP/2 is no cluster', () => {
  expect(isForeign(unconnected('Protocol error'))).toBe(true);
  expect(lossOf(unconnected('Protocol error'))).toBe(
    'what answers there is not a Topicplane client port',
  );
  expect(isForeign(unconnected('connect ECONNREFUSED 127.0.0.1:1'))).toBe(false);
});
