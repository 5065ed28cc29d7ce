import { describe, expect, test } from 'vitest';
import { isForeign, lossOf, noCacheText, silenceText } from './failure.ts';

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

describe('what to do when nothing answers', () => {
  test('is to start a cluster, to forward a port, or to name another address', () => {
    const text = silenceText('127.0.0.1:8080', 'ECONNREFUSED');
    expect(text).toMatch(/^nothing answers at 127.0.0.1:8080 \(ECONNREFUSED\): start a cluster /);
    expect(text).toContain('kubectl port-forward service/NAME 8080:443');
  });

  test.each(['demo.team.svc:443', 'demo.team.svc.cluster.local:443'])(
    'at %s is to forward the port of that Service',
    (endpoint) => {
      const text = silenceText(endpoint, 'ENOTFOUND');
      expect(text).toContain('works only inside of Kubernetes');
      expect(text).toContain('`kubectl port-forward -n team service/demo 8080:443`');
    },
  );
});

test('a cache that is not there is told with those that are, and with where to add it', () => {
  const told = noCacheText('x', 'h:1', ['a', 'b']);
  expect(told).toMatch(/^no cache "x" at h:1; there are: a, b\. Choose another with --cache, or /);
  expect(told).toMatch(/spec\.caches .*kubectl edit/);
  expect(noCacheText('x', 'h:1', [])).toContain('; there are: none. ');
  expect(noCacheText('x', 'h:1', undefined)).toMatch(/^no cache "x" at h:1\. Choose/);
});
