import { status } from '@grpc/grpc-js';
import type { pubsub } from '../../proto/index.ts';

/** What to ask for when subscribing: `sequence` (inclusive) of `page`. 0/0: from now on; page 0: the current one. */
export interface Start {
  readonly sequence: number;
  readonly page: number;
}

export const fromNow: Start = { sequence: 0, page: 0 };

/** Where to go on after a message: behind an item, behind a gap; a heartbeat moves nothing. */
export function after(start: Start, message: pubsub.SubscriptionItem): Start {
  switch (message.kind?.$case) {
    case 'item': {
      const { topicSequenceNumber, sequencePage } = message.kind.value;
      return { sequence: topicSequenceNumber + 1, page: sequencePage };
    }
    case 'discontinuity': {
      const { newTopicSequence, newSequencePage } = message.kind.value;
      return { sequence: newTopicSequence + 1, page: newSequencePage };
    }
    case 'heartbeat':
    case undefined:
      return start;
  }
}

/** The clusters' final answers; after anything else a subscription comes back. */
const finalCodes: ReadonlySet<status> = new Set([
  status.NOT_FOUND,
  status.INVALID_ARGUMENT,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.UNIMPLEMENTED,
  status.CANCELLED,
]);

export type AfterEnd = { readonly kind: 'give-up' } | { readonly kind: 'again'; inMs: number };

const backoffMs = 100;
const backoffMsMax = 2_000;

/**
 * What to do when a stream ended.
 * @param served the stream, or one before it, carried a message: there is a cluster, and it knows the topic.
 * @param fruitless streams in a row, this one included, that ended before their first message.
 */
export function afterEnd(code: status, served: boolean, fruitless: number): AfterEnd {
  if (finalCodes.has(code) || !(served || code === status.OK)) return { kind: 'give-up' };
  if (code === status.OK && fruitless === 0) return { kind: 'again', inMs: 0 };
  const doublings = Math.min(Math.max(fruitless - 1, 0), 10);
  return { kind: 'again', inMs: Math.min(backoffMsMax, backoffMs * 2 ** doublings) };
}
