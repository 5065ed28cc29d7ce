import type { link } from '../../proto/index.ts';
import { newestWithin } from './replay.ts';
import type { Topic } from './topic.ts';

/** What a topic's state is taken to cost on a link beside its names and items. */
const STATE_BYTES = 64;
/** Of an item beside its bytes: tags, length and age. */
const ITEM_BYTES = 8;
/** Of those who are expected back, beside the name of their router. */
const ORPHANS_BYTES = 16;

/** All that is known of a topic; what is past its age should be trimmed before. Of its items the newest that fit `bytesMax`. */
export function stateOf(topic: Topic, bytesMax: number, nowMs: number): link.TopicState {
  const items = newestWithin(topic.history.from(topic.history.first), bytesMax);
  const expected = topic.orphans.filter(({ untilMs }) => untilMs > nowMs);
  return {
    cache: topic.cache,
    topic: topic.name,
    page: topic.page,
    head: topic.sequencer.head,
    items,
    agesMs: topic.history.agesMs(items.length, nowMs),
    orphans: expected.map(({ after, untilMs, router }) => {
      return { after, leftMs: Math.ceil(untilMs - nowMs), router };
    }),
  };
}

/** What a state weighs on a link. */
export function stateBytes({ cache, topic, items, orphans }: link.TopicState): number {
  let bytes = STATE_BYTES + cache.length + topic.length;
  for (const item of items) bytes += ITEM_BYTES + item.length;
  for (const { router } of orphans) bytes += ORPHANS_BYTES + router.length;
  return bytes;
}
