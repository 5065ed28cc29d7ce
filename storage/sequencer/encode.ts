import { varintSize, writeVarint } from '../../proto/wire/index.ts';
import type { Slab } from './slab.ts';

// Field numbers and wire types of cache_client.pubsub: _SubscriptionItem.item, _TopicItem.*, _TopicValue.*
const ITEM = 0x0a;
const SEQUENCE = 0x08;
const VALUE = 0x12;
const PUBLISHER = 0x1a;
const PAGE = 0x20;
const TEXT = 0x0a;
const BINARY = 0x12;

/** What a publisher hands over. */
export interface Content {
  /** UTF-8 when `text`; an empty one is still told apart as text or binary. */
  readonly payload: Uint8Array;
  readonly text: boolean;
  /** Or ''. */
  readonly publisherId: string;
}

/**
 * Encodes the `cache_client.pubsub._SubscriptionItem` that clients see, into `memory`. The batch that carried the payload
 * is not kept alive.
 *
 * @param sequence from 1
 * @param page from 1
 */
export function encodeItem(
  sequence: number,
  page: number,
  { payload, text, publisherId }: Content,
  memory: Slab,
  nowMs: number,
): Uint8Array {
  const valueSize = 1 + varintSize(payload.length) + payload.length;
  const publisherSize = publisherId === '' ? 0 : Buffer.byteLength(publisherId);
  let itemSize = 3 + varintSize(sequence) + varintSize(page) + varintSize(valueSize) + valueSize;
  if (publisherSize > 0) itemSize += 1 + varintSize(publisherSize) + publisherSize;

  const target = memory.take(1 + varintSize(itemSize) + itemSize, nowMs);
  target[0] = ITEM;
  let at = writeVarint(target, 1, itemSize);
  target[at++] = SEQUENCE;
  at = writeVarint(target, at, sequence);
  target[at++] = VALUE;
  at = writeVarint(target, at, valueSize);
  target[at++] = text ? TEXT : BINARY;
  at = writeVarint(target, at, payload.length);
  target.set(payload, at);
  at += payload.length;
  if (publisherSize > 0) {
    target[at++] = PUBLISHER;
    at = writeVarint(target, at, publisherSize);
    at += target.write(publisherId, at, 'utf8');
  }
  target[at++] = PAGE;
  writeVarint(target, at, page);
  return target;
}
