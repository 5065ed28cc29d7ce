import { sound } from './settle.ts';
import type { Publisher } from './traffic.ts';
import type { Watch } from './watch.ts';

/**
 * I8: one more item on every topic reaches every live subscription.
 * @returns milliseconds that it took.
 * @throws Error when a publish fails, or when the history is not sound `withinMs` after it.
 */
export async function probe(
  watch: Watch,
  client: Publisher,
  cache: string,
  topics: readonly string[],
  withinMs = 60_000,
): Promise<number> {
  const startMs = performance.now();
  const publisher = watch.name('probe');
  for (const topic of topics) {
    const error = await client.publish(publisher, cache, topic, watch.name(`probe of ${topic}`));
    if (error) throw new Error(`the probe of ${topic} failed: ${error.message}`);
  }
  await sound(watch, withinMs);
  return performance.now() - startMs;
}
