import { pubsub } from '../../../proto/index.ts';
import type { Frame, Position } from '../../service.ts';

/** A message to subscribers in this API's JSON. */
export interface Notice {
  readonly kind: 'item' | 'discontinuity';
  /** `{"item":{…}}` or `{"discontinuity":{…}}`. */
  readonly json: string;
  /** Who has it goes on after this. */
  readonly reached: Position;
}

const prefixBytes = 5;

/** Frames are shared by all subscriptions of a topic: each is turned into JSON once. */
const known = new WeakMap<Uint8Array, readonly Notice[]>();

/** What a frame says; nothing for a heartbeat. */
export function noticesOf({ bytes }: Frame): readonly Notice[] {
  let notices = known.get(bytes);
  if (!notices) {
    notices = read(bytes);
    known.set(bytes, notices);
  }
  return notices;
}

function read(bytes: Uint8Array): readonly Notice[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const notices: Notice[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at + prefixBytes;
    at = start + view.getUint32(at + 1);
    const notice = noticeOf(pubsub.SubscriptionItem.decode(bytes.subarray(start, at)));
    if (notice) notices.push(notice);
  }
  return notices;
}

function noticeOf({ kind }: pubsub.SubscriptionItem): Notice | undefined {
  switch (kind?.$case) {
    case 'item':
      return itemNotice(kind.value);
    case 'discontinuity':
      return discontinuityNotice(kind.value);
    case 'heartbeat':
    case undefined:
      return undefined;
  }
}

function itemNotice(item: pubsub.TopicItem): Notice {
  const { topicSequenceNumber: sequence, sequencePage: page, publisherId } = item;
  const content = {
    topic_sequence_number: sequence,
    sequence_page: page,
    value: valueOf(item.value),
    ...(publisherId !== '' && { publisher_id: publisherId }),
  };
  return { kind: 'item', json: JSON.stringify({ item: content }), reached: { page, sequence } };
}

function valueOf(value: pubsub.TopicValue | undefined): { text: string } | { binary: string } {
  const kind = value?.kind;
  if (kind?.$case === 'text') return { text: kind.value };
  return { binary: Buffer.from(kind?.value ?? []).toString('base64') };
}

/** Here, unlike in gRPC, the number is that of the next item. */
function discontinuityNotice(gap: pubsub.Discontinuity): Notice {
  const reached = { page: gap.newSequencePage, sequence: gap.newTopicSequence };
  const content = {
    last_topic_sequence: gap.lastTopicSequence,
    new_topic_sequence: reached.sequence + 1,
    new_sequence_page: reached.page,
  };
  return { kind: 'discontinuity', json: JSON.stringify({ discontinuity: content }), reached };
}
