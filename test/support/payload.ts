import type { pubsub } from '../../proto/index.ts';

/** Payloads of watched traffic: an id that occurs once in a history, then filling up to the wanted size. */

const separator = '|';

/** @param bytesMin length of the payload, if the id alone is shorter. */
export function payloadOf(id: string, bytesMin = 0): string {
  return id.length >= bytesMin ? id : `${id}${separator}`.padEnd(bytesMin, 'x');
}

export function idOf(payload: string): string {
  const end = payload.indexOf(separator);
  return end < 0 ? payload : payload.slice(0, end);
}

/** A topic's name in the oracle's books. */
export function topicKey(cache: string, topic: string): string {
  return `${cache}/${topic}`;
}

/** The id in an item's payload; binary payloads count as text. */
export function idOfItem(item: pubsub.TopicItem): string {
  const value = item.value?.kind?.value ?? '';
  return idOf(typeof value === 'string' ? value : Buffer.from(value).toString());
}
