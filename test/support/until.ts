import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 20;

/** Waiting on is pointless: what was waited for can't come any more. */
export class Hopeless extends Error {
  override readonly name = 'Hopeless';
}

/**
 * Waits until `condition` gives something truthy and returns that. A condition that throws is tried again, unless it
 * throws `Hopeless`.
 * @throws Error naming `what` was waited for, when it took longer than `withinMs`; with the last error, if any.
 */
export async function until<T>(
  what: string,
  withinMs: number,
  condition: () => T | Promise<T>,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + withinMs;
  let trouble: Error | undefined;
  for (;;) {
    try {
      trouble = undefined;
      const value = await condition();
      if (value) return value;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      trouble = error instanceof Error ? error : new Error('something that is no error');
    }
    if (performance.now() > deadline) {
      const why = trouble === undefined ? '' : `; last: ${trouble.message}`;
      throw new Error(`${what}: not within ${withinMs} ms${why}`);
    }
    await delay(pollMs);
  }
}
