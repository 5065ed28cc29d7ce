import type { Cancel, Clock } from '../../../runtime/index.ts';
import type { Random } from './random.ts';
import type { Owner, TimedEvent, Timeline } from './timeline.ts';

/** What has to be told when a process is no more. */
export interface Attached {
  /** abrupt: its machine is gone with it, nobody is told. */
  ownerEnded(abrupt: boolean): void;
}

/**
 * One run of a process: its clock, and whether it runs. While it is stalled its timers and inputs wait; they come all at
 * once when it goes on.
 */
export class SimProcess implements Owner {
  /** Names the machine: what is blocked is blocked between two of these. */
  readonly host: string;
  readonly clock: Clock;
  readonly attached = new Set<Attached>();
  readonly #timeline: Timeline;
  readonly #late: TimedEvent[] = [];
  #state: 'running' | 'stalled' | 'ended' = 'running';
  #onEnd: (() => void)[] = [];

  constructor(host: string, timeline: Timeline, random: Random) {
    this.host = host;
    this.#timeline = timeline;
    this.clock = new ProcessClock(this, timeline, random);
  }

  get running(): boolean {
    return this.#state === 'running';
  }

  get ended(): boolean {
    return this.#state === 'ended';
  }

  get stalled(): boolean {
    return this.#state === 'stalled';
  }

  admit(event: TimedEvent): 'run' | 'keep' | 'drop' {
    if (this.#state === 'running') return 'run';
    if (this.#state === 'ended') return 'drop';
    this.#late.push(event);
    return 'keep';
  }

  /** SIGSTOP. */
  stall(): void {
    if (this.#state === 'running') this.#state = 'stalled';
  }

  /** SIGCONT. */
  goOn(): void {
    if (this.#state !== 'stalled') return;
    this.#state = 'running';
    for (const event of this.#late) this.#timeline.again(event);
    this.#late.length = 0;
  }

  /** SIGKILL, or with `abrupt` the end of its machine. */
  end(abrupt = false): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#late.length = 0;
    for (const thing of [...this.attached]) thing.ownerEnded(abrupt);
    this.attached.clear();
    for (const tell of this.#onEnd) tell();
  }

  onEnd(tell: () => void): void {
    this.#onEnd.push(tell);
  }
}

/** How long after an input, at most, the turn of the event loop that took it is over. */
const TURN_MS_MAX = 0.4;

class ProcessClock implements Clock {
  readonly #process: SimProcess;
  readonly #timeline: Timeline;
  readonly #random: Random;
  /** Clocks of processes start anywhere: nothing may be compared between two of them. */
  readonly #offsetMs: number;
  #turnMs = 0;

  constructor(process: SimProcess, timeline: Timeline, random: Random) {
    this.#process = process;
    this.#timeline = timeline;
    this.#random = random;
    this.#offsetMs = random.below(100_000);
  }

  monotonicMs(): number {
    return this.#timeline.nowMs + this.#offsetMs;
  }

  wallMs(): number {
    return 1_790_000_000_000 + this.#timeline.nowMs;
  }

  after(delayMs: number, action: () => void): Cancel {
    const event = this.#timeline.after(delayMs, this.#process, action);
    return () => {
      event.action = undefined;
    };
  }

  every(intervalMs: number, action: () => void): Cancel {
    let cancelled = false;
    let event: TimedEvent | undefined;
    const fire = (): void => {
      action();
      if (!cancelled) event = this.#timeline.after(intervalMs, this.#process, fire);
    };
    event = this.#timeline.after(intervalMs, this.#process, fire);
    return () => {
      cancelled = true;
      if (event) event.action = undefined;
    };
  }

  turn(action: () => void): void {
    // Turns stay in order, and several inputs may fall into one.
    const dueMs = this.#timeline.nowMs + this.#random.unit() * TURN_MS_MAX;
    this.#turnMs = Math.max(this.#turnMs, dueMs);
    this.#timeline.at(this.#turnMs, this.#process, action);
  }
}
