import type { Trace } from './trace.ts';

/** Who an event happens to: it may be late for it, or not there any more. */
export interface Owner {
  /** run: now. keep: the owner has taken charge of it. drop: never. */
  admit(event: TimedEvent): 'run' | 'keep' | 'drop';
}

export interface TimedEvent {
  dueMs: number;
  order: number;
  readonly owner: Owner | undefined;
  /** undefined: cancelled. */
  action: (() => void) | undefined;
}

/**
 * Virtual time: a heap of events, run one after the other in order of time, then of creation. Between two events all
 * promises that can go on do, as between two turns of an event loop.
 */
export class Timeline {
  readonly #trace: Trace;
  readonly #heap: TimedEvent[] = [];
  #nowMs = 0;
  #order = 0;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events to come, cancelled ones among them. */
  get pending(): number {
    return this.#heap.length;
  }

  at(dueMs: number, owner: Owner | undefined, action: () => void): TimedEvent {
    const event = { dueMs: Math.max(dueMs, this.#nowMs), order: this.#order++, owner, action };
    this.#push(event);
    return event;
  }

  after(delayMs: number, owner: Owner | undefined, action: () => void): TimedEvent {
    return this.at(this.#nowMs + Math.max(0, delayMs), owner, action);
  }

  /** Brings back an event that its owner kept; now, and behind those that are due now. */
  again(event: TimedEvent): void {
    event.dueMs = this.#nowMs;
    event.order = this.#order++;
    this.#push(event);
  }

  /** Runs events until `isDone`, asked after each, or until time is up. Rejects with what an event throws. */
  run(untilMs: number, isDone: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        try {
          if (isDone() || !this.#runNext(untilMs)) {
            resolve();
            return;
          }
        } catch (error) {
          reject(error as Error);
          return;
        }
        queueMicrotask(later);
      };
      // A tick asked for by a microtask runs when no microtask is left.
      const later = (): void => process.nextTick(step);
      step();
    });
  }

  /** False: nothing is left to do until then, and time is there. */
  #runNext(untilMs: number): boolean {
    for (;;) {
      const event = this.#heap[0];
      if (!event || event.dueMs > untilMs) {
        this.#nowMs = Math.max(this.#nowMs, untilMs);
        return false;
      }
      this.#pop();
      const { action, owner } = event;
      if (!action) continue;
      this.#nowMs = event.dueMs;
      const admitted = owner?.admit(event) ?? 'run';
      if (admitted !== 'run') continue;
      this.#trace.mix(event.order);
      this.#trace.mix(event.dueMs * 1024);
      action();
      return true;
    }
  }

  #push(event: TimedEvent): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up] as TimedEvent;
      if (!isBefore(event, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as TimedEvent;
    const size = heap.length;
    if (size === 0) return;
    let at = 0;
    for (;;) {
      let down = at * 2 + 1;
      if (down >= size) break;
      if (down + 1 < size && isBefore(heap[down + 1] as TimedEvent, heap[down] as TimedEvent)) {
        down += 1;
      }
      const child = heap[down] as TimedEvent;
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = last;
  }
}

function isBefore(a: TimedEvent, b: TimedEvent): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
