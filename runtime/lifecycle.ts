import type { Logger } from './log.ts';

/** One thing to end, told in the order of ending. */
export interface Ending {
  readonly what: string;
  end(): Promise<void> | void;
}

/** What a local parent is told over IPC once the process serves; addresses are host:port. */
export interface Announcement {
  readonly announce: { readonly [port: string]: string };
}

/**
 * Ends the process in order on SIGTERM or SIGINT, and when a parent that started it over IPC is gone.
 * A second signal ends it at once. The exit code is 0 when every ending succeeded.
 */
export function endOnSignal(log: Logger, endings: readonly Ending[]): void {
  let isEnding = false;
  const end = async (why: string): Promise<void> => {
    if (isEnding) process.exit(1);
    isEnding = true;
    log.info({ why }, 'stopping');
    let failed = false;
    for (const ending of endings) {
      try {
        await ending.end();
      } catch (error) {
        failed = true;
        log.error({ what: ending.what, error: String(error) }, 'did not stop cleanly');
      }
    }
    log.info('stopped');
    process.exit(failed ? 1 : 0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void end(signal));
  }
  if (process.send) process.on('disconnect', () => process.exit(1));
}

/** Tells the parent, if there is one, where this process serves. */
export function announce(addresses: Announcement['announce']): void {
  process.send?.({ announce: addresses } satisfies Announcement);
}
