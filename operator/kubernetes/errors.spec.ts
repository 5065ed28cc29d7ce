import { describe, expect, it } from 'vitest';
import {
  adviceOn,
  errorOfAnswer,
  errorOfConnection,
  errorOfEvent,
  type KubernetesErrorCode,
} from './errors.ts';

describe('an answer of the API server', () => {
  const cases: readonly [number, string, KubernetesErrorCode, boolean][] = [
    [400, 'BadRequest', 'invalid', false],
    [401, 'Unauthorized', 'unauthorized', false],
    [403, 'Forbidden', 'forbidden', false],
    [404, 'NotFound', 'not-found', false],
    [409, 'Conflict', 'conflict', true],
    [409, 'AlreadyExists', 'exists', true],
    [410, 'Expired', 'gone', true],
    [422, 'Invalid', 'invalid', false],
    [429, 'TooManyRequests', 'throttled', true],
    [500, 'InternalError', 'unavailable', true],
    [503, 'ServiceUnavailable', 'unavailable', true],
  ];
  it.each(cases)('%i %s is %s; to be retried: %s', (status, reason, code, retry) => {
    const body = JSON.stringify({ kind: 'Status', reason, message: 'why' });
    const error = errorOfAnswer({ what: 'get pods', status, body });
    expect([error.code, error.retry, error.message]).toEqual([
      code,
      retry,
      `get pods: why (HTTP ${status})`,
    ]);
  });

  it('may say how long to leave it alone', () => {
    const throttled = { what: 'list pods', status: 429, body: '{}' };
    expect(errorOfAnswer({ ...throttled, retryAfter: '3' }).retryAfterMs).toBe(3000);
    const body = JSON.stringify({ details: { retryAfterSeconds: 2 } });
    expect(errorOfAnswer({ ...throttled, body }).retryAfterMs).toBe(2000);
    expect(errorOfAnswer({ ...throttled, retryAfter: 'soon' }).retryAfterMs).toBeUndefined();
  });

  it('need not be JSON', () => {
    const error = errorOfAnswer({ what: 'get pods', status: 502, body: '<html>\n<b>bad gateway' });
    expect(error.message).toBe('get pods: <html> (HTTP 502)');
  });
});

it('an ERROR event without a code is trouble of the server', () => {
  expect(errorOfEvent('watch pods', undefined).code).toBe('unavailable');
  expect(errorOfEvent('watch pods', { code: 410 }).code).toBe('gone');
});

it('a certificate that is not trusted is told apart from a server that does not answer', () => {
  const self = Object.assign(new Error('self-signed certificate'), {
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  });
  const error = errorOfConnection('get pods', self);
  expect([error.code, error.retry]).toEqual(['untrusted', false]);
  const place = { server: 'https://one:6443', source: 'here.yaml', isRead: false };
  expect(adviceOn(error, place)).toBe(
    'here.yaml does not trust the certificate of the API server https://one:6443: is its certificate authority the right one?',
  );
});

it('what is forbidden by a quota is no matter of roles', () => {
  const place = { server: 'https://one:6443', source: 'here.yaml', isRead: false };
  const advice = (message: string) => {
    const body = JSON.stringify({ message });
    return adviceOn(errorOfAnswer({ what: 'apply services', status: 403, body }), place);
  };
  expect(advice('services "x" is forbidden: exceeded quota: tight')).toBeUndefined();
  expect(advice('services "x" is forbidden: User "u" cannot patch resource "services"')).toContain(
    'check the Role and RoleBinding',
  );
});

it('a connection that fails says why', () => {
  const refused = Object.assign(new Error(''), { code: 'ECONNREFUSED' });
  expect(errorOfConnection('get pods', refused).message).toBe('get pods: ECONNREFUSED');
});
