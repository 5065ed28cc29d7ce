import { describe, expect, it } from 'vitest';
import type { RefusalCode } from '../../service.ts';
import { limitExceeded, statusNumbers, statusOf, trailersOf } from './status.ts';

/** wire.md 2.3: tested in this order by the JS SDKs, the first hit wins. */
const words = [
  'subscribers',
  'operations',
  'throughput',
  'request limit',
  'item size',
  'element size',
];

function told(refused: RefusalCode, message: string): string {
  const status = statusOf({ refused, message });
  const lower = status.message.toLowerCase();
  const word = words.find((candidate) => lower.includes(candidate)) ?? '-';
  return `${refused}: ${statusNumbers[status.code]} ${status.err ?? '-'} ${word}`;
}

describe('a refusal', () => {
  const expected = [
    'cache-not-found: 5 - -',
    'invalid-argument: 3 - -',
    'message-too-large: 8 item_size_limit_exceeded item size',
    'publish-rate: 8 operations_rate_limit_exceeded operations',
    'subscription-count: 8 topic_subscriptions_limit_exceeded subscribers',
    'exhausted: 8 throughput_rate_limit_exceeded throughput',
    'unavailable: 14 - -',
  ];
  const codes = expected.map((line) => line.slice(0, line.indexOf(':')) as RefusalCode);

  it('is told by status, err and the words in the message', () => {
    expect(codes.map((code) => told(code, 'details'))).toEqual(expected);
  });

  it('is told the same when its message holds the words of another limit', () => {
    const limited = expected.filter((line) => line.includes(': 8 '));
    for (const line of limited) {
      const code = line.slice(0, line.indexOf(':')) as RefusalCode;
      for (const word of words) {
        expect(told(code, `cache ${word.toUpperCase()} has used its share`)).toBe(line);
      }
    }
  });

  it('keeps its message', () => {
    expect(statusOf({ refused: 'publish-rate', message: 'cache a: 10/s' }).message).toBe(
      'too many publish operations: cache a: 10/s',
    );
  });
});

describe('trailers', () => {
  it('carry status, message and err', () => {
    expect(trailersOf(limitExceeded('request limit', 'request limit exceeded', 'größer'))).toEqual({
      'grpc-status': 8,
      'grpc-message': 'request limit exceeded: gr%C3%B6%C3%9Fer',
      err: 'request_size_limit_exceeded',
    });
  });
});
