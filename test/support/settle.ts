import { setTimeout as delay } from 'node:timers/promises';
import { complaint, type Verdict } from './oracle/index.ts';
import type { Watch } from './watch.ts';

/** Waits until every open subscription has what it has a claim to, or `withinMs` passed, and judges. */
export async function settled(watch: Watch, withinMs = 60_000): Promise<Verdict> {
  const deadline = performance.now() + withinMs;
  while (watch.oracle.owed() > 0 && performance.now() < deadline) await delay(50);
  return watch.oracle.verdict();
}

/** Settles, and throws what the oracle complains about. */
export async function sound(watch: Watch, withinMs = 60_000): Promise<Verdict> {
  const verdict = await settled(watch, withinMs);
  const complaints = complaint(verdict);
  if (complaints !== undefined) throw new Error(`the history is not sound:\n${complaints}`);
  return verdict;
}
