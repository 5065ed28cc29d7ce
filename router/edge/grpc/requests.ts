import { isUtf8 } from 'node:buffer';
import {
  delimitedTag,
  MalformedMessage,
  TextMemo,
  varintTag,
  WireReader,
} from '../../../proto/wire/index.ts';
import type { PublishRequest, TopicName } from '../../service.ts';
import { invalidArgument, type Status } from './status.ts';

/**
 * The requests of the hot calls, decoded by hand: the generated decoder turns text into a JS string and back, replaces
 * what is not UTF-8, and throws. Compared with the generated one in the spec beside this file.
 */

/** `_SubscriptionRequest`. */
export interface SubscriptionMessage extends TopicName {
  readonly sequence: number;
  readonly page: number;
}

/** `_PublishRequest`, its payload a view of `bytes`, or INVALID_ARGUMENT saying what is wrong with it. */
export function decodePublish(bytes: Uint8Array): PublishRequest | Status {
  try {
    return readPublish(new WireReader(bytes));
  } catch (error) {
    return malformed('_PublishRequest', error);
  }
}

export function decodeSubscription(bytes: Uint8Array): SubscriptionMessage | Status {
  try {
    return readSubscription(new WireReader(bytes));
  } catch (error) {
    return malformed('_SubscriptionRequest', error);
  }
}

export function isStatus(value: object): value is Status {
  return 'code' in value;
}

function malformed(type: string, error: unknown): Status {
  if (!(error instanceof MalformedMessage)) throw error;
  return invalidArgument(`the request is not a valid ${type}: ${error.message}`);
}

const cacheTag = delimitedTag(1);
const topicTag = delimitedTag(2);
const valueTag = delimitedTag(3);
const textTag = delimitedTag(1);
const binaryTag = delimitedTag(2);
const sequenceTag = varintTag(3);
const pageTag = varintTag(4);

/** Caches and topics that were asked for before. */
const names = new TextMemo();

/** A value that occurs again is merged into the first, so the last of all texts and binaries counts. */
function readPublish(reader: WireReader): PublishRequest {
  let cache = '';
  let topic = '';
  let payload: Uint8Array | undefined;
  let text = false;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === cacheTag) cache = reader.text('cache_name', names);
    else if (tag === topicTag) topic = reader.text('topic', names);
    else if (tag === valueTag) {
      const outer = reader.enter();
      while (reader.more) {
        const kind = reader.tag();
        if (kind === textTag || kind === binaryTag) {
          payload = reader.bytes();
          text = kind === textTag;
        } else reader.skip(kind);
      }
      reader.leave(outer);
    } else reader.skip(tag);
  }
  if (payload === undefined) throw new MalformedMessage('it has no value; set text or binary');
  if (text && !isUtf8(payload))
    throw new MalformedMessage('its text is not UTF-8; send it as binary');
  return { cache, topic, payload, text, publisherId: '' };
}

function readSubscription(reader: WireReader): SubscriptionMessage {
  let cache = '';
  let topic = '';
  let sequence = 0;
  let page = 0;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === cacheTag) cache = reader.text('cache_name', names);
    else if (tag === topicTag) topic = reader.text('topic', names);
    else if (tag === sequenceTag) sequence = reader.uint('resume_at_topic_sequence_number');
    else if (tag === pageTag) page = reader.uint('sequence_page');
    else reader.skip(tag);
  }
  return { cache, topic, sequence, page };
}
