import { percentEncode } from '../../../h2/grpc/index.ts';
import type { Headers } from '../../../h2/index.ts';
import type { Refusal, RefusalCode } from '../../service.ts';

/** The gRPC status codes (those of the public table, with its numbers). */
export const statusNumbers = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  'invalid-argument': 3,
  'deadline-exceeded': 4,
  'not-found': 5,
  'already-exists': 6,
  'permission-denied': 7,
  'resource-exhausted': 8,
  'failed-precondition': 9,
  aborted: 10,
  'out-of-range': 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  'data-loss': 15,
  unauthenticated: 16,
} as const;

export type StatusCode = keyof typeof statusNumbers;

/** How a call ends when not with OK. */
export interface Status {
  readonly code: Exclude<StatusCode, 'ok'>;
  /** For people; shown to the client. */
  readonly message: string;
  /** The `err` trailer, by which Go and Java SDKs tell the kinds of RESOURCE_EXHAUSTED apart. */
  readonly err?: string;
}

/** What RESOURCE_EXHAUSTED is about: value of `err`, and the words by which the JS SDKs recognise it. */
const limits = {
  subscribers: 'topic_subscriptions_limit_exceeded',
  operations: 'operations_rate_limit_exceeded',
  throughput: 'throughput_rate_limit_exceeded',
  'request limit': 'request_size_limit_exceeded',
  'item size': 'item_size_limit_exceeded',
  'element size': 'element_size_limit_exceeded',
} as const;

export type LimitWords = keyof typeof limits;

/**
 * A RESOURCE_EXHAUSTED that every SDK classifies alike. The JS SDKs take the first of the words above that occurs in
 * the message, so `detail` is left out when it happens to hold other ones (a cache may be named "operations").
 * @param text holds `words`, and none of the others
 */
export function limitExceeded(words: LimitWords, text: string, detail = ''): Status {
  const lower = detail.toLowerCase();
  const misleading = Object.keys(limits).some((other) => other !== words && lower.includes(other));
  return {
    code: 'resource-exhausted',
    message: detail === '' || misleading ? text : `${text}: ${detail}`,
    err: limits[words],
  };
}

export function invalidArgument(message: string): Status {
  return { code: 'invalid-argument', message };
}

/**
 * What the client is told of a refusal. An item over the bound breaks the "item size" limit, not the "request limit":
 * the payload is what the publisher can make smaller.
 */
export function statusOf({ refused, message }: Refusal): Status {
  return statusOfCode[refused](message);
}

const statusOfCode: Readonly<Record<RefusalCode, (message: string) => Status>> = {
  // Without `err`: every SDK takes that as "no such cache".
  'cache-not-found': (message) => ({ code: 'not-found', message }),
  'invalid-argument': invalidArgument,
  'message-too-large': (detail) => limitExceeded('item size', 'item size limit exceeded', detail),
  'publish-rate': (detail) => limitExceeded('operations', 'too many publish operations', detail),
  'subscription-count': (detail) => limitExceeded('subscribers', 'too many subscribers', detail),
  exhausted: (detail) => limitExceeded('throughput', 'throughput limit reached', detail),
  unavailable: (message) => ({ code: 'unavailable', message }),
};

/** As what a call counts that ends with `status` before the router was asked. */
export function refusalOf({ code }: Status): RefusalCode {
  if (code === 'resource-exhausted') return 'message-too-large';
  return code === 'unavailable' ? 'unavailable' : 'invalid-argument';
}

/** The trailers of a call that succeeded. */
export const okTrailers: Headers = Object.freeze({ 'grpc-status': 0 });

export function trailersOf(status: Status): Headers {
  const trailers: Record<string, string | number> = {
    'grpc-status': statusNumbers[status.code],
    'grpc-message': percentEncode(status.message),
  };
  if (status.err !== undefined) trailers.err = status.err;
  // A client that compressed learns what it may send instead.
  if (status.code === 'unimplemented') trailers['grpc-accept-encoding'] = 'identity';
  return trailers;
}
