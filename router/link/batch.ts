import type { link } from '../../proto/index.ts';

export function emptyBatch(): link.RouterBatch {
  return {
    hello: undefined,
    withdrawals: [],
    interests: [],
    publishes: [],
    replays: [],
    leaving: false,
    handoffs: [],
    handoffResults: [],
    topology: undefined,
    asksTopology: false,
  };
}

/** What an item of a handoff costs beside its bytes: its age, tags and lengths. */
const ITEM_BYTES = 8;
/** What a topic of a handoff costs beside names and items. */
const TOPIC_BYTES = 64;

/** What a handoff is taken to weigh on its way. */
export function handoffBytes({ topics }: link.Handoff): number {
  let bytes = 0;
  for (const { cache, topic, items } of topics) {
    bytes += TOPIC_BYTES + cache.length + topic.length;
    for (const item of items) bytes += ITEM_BYTES + item.length;
  }
  return bytes;
}
