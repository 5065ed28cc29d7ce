import type { Topic } from './topic.ts';

/** The first sequence that a replay gives; 0: the newest retained item is wanted. */
export function replayStart(topic: Topic, page: number, fromSequence: number): number {
  const { first, end } = topic.history;
  if (fromSequence === 0) return end - 1;
  const held = (page === 0 || page === topic.page) && fromSequence <= end;
  return held ? fromSequence : first;
}

/** The last of `items` that fit `bytesMax` together. */
export function newestWithin(items: Uint8Array[], bytesMax: number): Uint8Array[] {
  let bytes = 0;
  for (let index = items.length - 1; index >= 0; index--) {
    bytes += items[index]?.length ?? 0;
    if (bytes > bytesMax) return items.slice(index + 1);
  }
  return items;
}
