import { type Clock, type Ending, sleep } from '../../runtime/index.ts';

/**
 * The same endings with one deadline for all of them, which counts from the first: what isn't over by then is left
 * behind, and what comes after it is begun and left behind as well.
 */
export function withinOneDeadline(
  clock: Clock,
  msMax: number,
  endings: readonly Ending[],
): readonly Ending[] {
  let deadline: Promise<void> | undefined;
  return endings.map((ending) => ({
    what: ending.what,
    async end() {
      deadline ??= sleep(clock, msMax);
      await Promise.race([ending.end(), deadline]);
    },
  }));
}
