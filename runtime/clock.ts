/** Cancels what it was returned for; harmless when called again or too late. */
export type Cancel = () => void;

/** The only way to time in this project. Pure folders get one as an argument; tests pass a `ManualClock`. */
export interface Clock {
  /** Milliseconds that only go up; for measuring and for deadlines. */
  monotonicMs(): number;
  /** Milliseconds since 1970; for people and for what is written down. */
  wallMs(): number;
  /** Runs `action` once, `delayMs` from now. */
  after(delayMs: number, action: () => void): Cancel;
  /** Runs `action` every `intervalMs`, first after one interval. */
  every(intervalMs: number, action: () => void): Cancel;
  /** Runs `action` once, when the current turn of the event loop is over. */
  turn(action: () => void): void;
}

/** The machine's clock. Its timers don't keep the process alive. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
  every(intervalMs, action) {
    const timer = setInterval(action, intervalMs);
    timer.unref();
    return () => clearInterval(timer);
  },
  turn(action) {
    setImmediate(action);
  },
};

/** Resolves `delayMs` from now on `clock`. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.after(delayMs, resolve));
}
