/** npm sends a Ctrl-C on to what it runs, which has also got its own: two signals so close are one. */
const sameSignalMs = 500;
const parentCheckMs = 500;

/**
 * Resolves at the first SIGINT, SIGTERM or SIGHUP, or when the npm that started this process is gone; a second signal
 * calls `atOnce` and ends this process.
 */
export function untilAskedToStop(atOnce: () => void): Promise<void> {
  return new Promise((resolve) => {
    let askedMs: number | undefined;
    const ask = (): void => {
      askedMs ??= performance.now();
      resolve();
    };
    const onSignal = (): void => {
      if (askedMs !== undefined && performance.now() - askedMs > sameSignalMs) {
        atOnce();
        process.exit(1);
      }
      ask();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
    if (process.env['npm_lifecycle_event'] !== undefined) whenParentIsGone(ask);
  });
}

/** `npm start` runs a shell that runs us; a signal that ends npm and its shell does not reach this process. */
function whenParentIsGone(act: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, parentCheckMs);
  timer.unref();
}
