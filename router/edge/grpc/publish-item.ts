import { isUtf8 } from 'node:buffer';
import {
  delimitedTag,
  MalformedMessage,
  type TextMemo,
  WireReader,
} from '../../../proto/wire/index.ts';
import type { PublishRequest, TopicName } from '../../service.ts';

const cacheTag = delimitedTag(1);
const topicTag = delimitedTag(2);
const textTag = delimitedTag(3);
const binaryTag = delimitedTag(4);

/**
 * `topicplane.publish.v1.PublishRequest`, its payload a view of `bytes`; decoded by hand for the reason that the requests
 * of the unary call are.
 * @param before whose names count where the item has none
 * @throws MalformedMessage
 */
export function decodeItem(bytes: Uint8Array, before: TopicName, names: TextMemo): PublishRequest {
  const reader = new WireReader(bytes);
  let { cache, topic } = before;
  let payload: Uint8Array | undefined;
  let text = false;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === cacheTag) cache = reader.text('cache', names) || cache;
    else if (tag === topicTag) topic = reader.text('topic', names) || topic;
    else if (tag === textTag || tag === binaryTag) {
      payload = reader.bytes();
      text = tag === textTag;
    } else reader.skip(tag);
  }
  if (payload === undefined) throw new MalformedMessage('it has no value; set text or binary');
  if (text && !isUtf8(payload)) {
    throw new MalformedMessage('its text is not UTF-8; send it as binary');
  }
  return { cache, topic, payload, text, publisherId: '' };
}
