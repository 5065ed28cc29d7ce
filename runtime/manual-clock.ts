import type { Cancel, Clock } from './clock.ts';

interface Timer {
  dueMs: number;
  readonly order: number;
  readonly intervalMs: number | undefined;
  readonly action: () => void;
}

/** A clock that stands still until `advance` is called; due timers run in order of time, then of creation. */
export class ManualClock implements Clock {
  #nowMs = 0;
  #order = 0;
  readonly #originMs: number;
  readonly #timers = new Set<Timer>();

  /** @param originMs what `wallMs` says at the start. */
  constructor(originMs = 1_764_000_000_000) {
    this.#originMs = originMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#originMs + this.#nowMs;
  }

  after(delayMs: number, action: () => void): Cancel {
    return this.#add(delayMs, undefined, action);
  }

  every(intervalMs: number, action: () => void): Cancel {
    return this.#add(intervalMs, intervalMs, action);
  }

  /** Comes due at the time it is now, after everything that already is. */
  turn(action: () => void): void {
    this.#add(0, undefined, action);
  }

  /** Timers that wait; 0 after everything was cancelled or has run. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves time forward, running what comes due on the way at its own time. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (let next = this.#next(untilMs); next; next = this.#next(untilMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      if (next.intervalMs === undefined) this.#timers.delete(next);
      else next.dueMs += next.intervalMs;
      next.action();
    }
    this.#nowMs = untilMs;
  }

  #add(delayMs: number, intervalMs: number | undefined, action: () => void): Cancel {
    const timer: Timer = {
      dueMs: this.#nowMs + Math.max(0, delayMs),
      order: this.#order++,
      intervalMs,
      action,
    };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  #next(untilMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs > untilMs) continue;
      if (!first || timer.dueMs < first.dueMs) first = timer;
      else if (timer.dueMs === first.dueMs && timer.order < first.order) first = timer;
    }
    return first;
  }
}
